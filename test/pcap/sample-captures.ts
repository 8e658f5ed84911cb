import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import { ethernet, linuxCooked, LinkType } from '../packets/link.ts';
import { join } from '../packets/octets.ts';
import { at, pcap } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { section } from '../packets/pcapng.ts';
import { tcp } from '../packets/transport.ts';

/** 2026-11-21T10:00:00Z. */
export const START = 1_795_255_200;

const client = '10.244.1.5:40000';
const server = '10.96.3.4:80';
const dns = { from: '10.244.1.5:5353', to: '10.96.0.10:53' };

/** Five packets of different lengths, at times that are exact in microseconds. */
export const FRAMES: readonly WrittenFrame[] = [
  at(START, ethernet(tcp({ from: client, to: server, flags: 'S', seq: 1000, tsVal: 1 }))),
  at(START + 0.25, ethernet(tcp({ from: server, to: client, flags: 'SA', seq: 9000, ack: 1001, tsVal: 7 }))),
  at(START + 0.5, ethernet(dnsQuery({ ...dns, name: 'payments.shop.svc.cluster.local', id: 77 }))),
  at(
    START + 1,
    ethernet(
      dnsAnswer({ from: dns.to, to: dns.from, name: 'payments.shop.svc.cluster.local', id: 77 }),
    ).slice(0, 60),
    121,
  ),
  at(START + 3.125, new Uint8Array(0), 60),
];

/** The same frames in classic little-endian form. */
export const CLASSIC: Uint8Array = pcap(FRAMES);

const micros = (frame: WrittenFrame): bigint => BigInt(Math.round(frame.time * 1e6));

/** A pcapng capture of two sections of different byte order, with two interfaces, statistics and an unknown block. */
export const PCAPNG: Uint8Array = ((): Uint8Array => {
  const [first, second] = [section(true), section(false)];
  const packets = FRAMES.slice(0, 4);
  const cooked = linuxCooked(tcp({ from: client, to: server, flags: 'A', seq: 1001, ack: 9001 }));
  return join(
    first.header,
    first.interface({ snapLength: 2048 }),
    first.interface({ linkType: LinkType.LinuxSll, resolution: 9 }),
    first.packet({ ticks: micros(packets[0] as WrittenFrame), bytes: (packets[0] as WrittenFrame).bytes }),
    first.block(0x7fff1234, new Uint8Array(20)),
    first.packet({ ticks: BigInt(START) * 1_000_000_000n + 123n, bytes: cooked, interfaceId: 1 }),
    first.statistics({ byInterface: 3n }),
    second.header,
    second.interface(),
    ...packets.slice(1).map((frame) => second.packet({ ticks: micros(frame), bytes: frame.bytes })),
    second.simplePacket(cooked),
  );
})();

/** A classic big-endian capture with nanoseconds. */
export const CLASSIC_NANO_BE: Uint8Array = pcap(FRAMES, { littleEndian: false, nanoseconds: true });
