import { describe, expect, test } from 'vitest';
import { dnsQuery } from '../packets/dns.ts';
import { ethernet, vxlan } from '../packets/link.ts';
import { ascii, join, u32, u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { icmpError, tcp, udp } from '../packets/transport.ts';
import { CLIENT, handshake, observe, outcomesOf, SERVICE, syns, untilSecond } from './observe.ts';

const from = `${CLIENT}:40000`;
const to = `${SERVICE}:80`;
const way = { from, to };

describe('packets captured more than once', () => {
  const copies = (...packets: { time: number; bytes: Uint8Array }[]): number => observe(packets).copies.count;
  const segment = { ...way, flags: 'PA', seq: 1, ack: 1, payload: ascii('x') };

  test.each([
    {
      name: 'the same identification within 100 ms',
      first: { id: 7 },
      second: { id: 7, ttl: 63 },
      apart: 0.09,
      count: 1,
    },
    {
      name: 'the same identification after 100 ms',
      first: { id: 7 },
      second: { id: 7 },
      apart: 0.11,
      count: 0,
    },
    { name: 'another identification', first: { id: 7 }, second: { id: 8 }, apart: 0.0001, count: 0 },
    {
      name: 'the same time stamp without identification',
      first: { tsVal: 5 },
      second: { tsVal: 5 },
      apart: 0.05,
      count: 1,
    },
    { name: 'another time stamp', first: { tsVal: 5 }, second: { tsVal: 6 }, apart: 0.0001, count: 0 },
    { name: 'neither, at once', first: {}, second: {}, apart: 0.0005, count: 1 },
    { name: 'neither, later', first: {}, second: {}, apart: 0.002, count: 0 },
    {
      name: 'another payload length',
      first: { id: 7 },
      second: { id: 7, payload: ascii('xy') },
      apart: 0.0001,
      count: 0,
    },
    { name: 'another window', first: { id: 7 }, second: { id: 7, window: 3 }, apart: 0.0001, count: 0 },
  ])('$name: $count', ({ first, second, apart, count }) => {
    expect(copies(at(0, tcp({ ...segment, ...first })), at(apart, tcp({ ...segment, ...second })))).toBe(
      count,
    );
  });

  test.each([
    ['IPv6', '[fd00::5]:40000', '[fd00::9]:80'],
    ['IPv4 without identification', from, to],
  ])(
    '%s: acknowledgments that ask for one byte in the same millisecond are no copies',
    (_, client, server) => {
      const acknowledgment = (rightEdge: number, ttl = 64): Uint8Array => {
        const stamps = join(u8(1, 1, 8, 10), u32(77, 78));
        const tcpOptions = join(stamps, u8(1, 1, 5, 10), u32(2000, rightEdge));
        return tcp({ from: client, to: server, flags: 'A', seq: 1, ack: 1000, tcpOptions, ttl });
      };
      expect(copies(at(0, acknowledgment(3000)), at(0.0001, acknowledgment(4000)))).toBe(0);
      expect(copies(at(0, acknowledgment(3000)), at(0.0001, acknowledgment(3000, 63)))).toBe(1);
    },
  );

  test('datagrams are told apart by identification and checksum', () => {
    const datagram = (id: number, text: string): Uint8Array => udp({ ...way, payload: ascii(text), id });
    expect(copies(at(0, datagram(5, 'ab')), at(0.05, datagram(5, 'ab')))).toBe(1);
    expect(copies(at(0, datagram(5, 'ab')), at(0.05, datagram(5, 'ac')))).toBe(0);
    expect(copies(at(0, datagram(0, 'ab')), at(0.05, datagram(0, 'ab')))).toBe(0);
  });

  test('datagrams whose checksum is left to the network card are told apart by their first bytes', () => {
    const partial = (id: number): Uint8Array => {
      const bytes = dnsQuery({ from, to: `${SERVICE}:53`, name: 'a.example', id });
      bytes.set([0x12, 0x34], 26);
      return bytes;
    };
    expect(copies(at(0, partial(1)), at(0.0001, partial(2)))).toBe(0);
    expect(copies(at(0, partial(1)), at(0.0001, partial(1)))).toBe(1);
  });

  test('fragments are told apart by their offset, whatever came before them', () => {
    const fragment = (fragmentOffset: number): Uint8Array =>
      udp({ ...way, payload: ascii('abcdefgh'), id: 9, fragmentOffset });
    const between = tcp({ ...way, flags: 'A', seq: 1 });
    expect(
      copies(at(0, fragment(8)), at(0.001, between), at(0.002, fragment(8)), at(0.003, fragment(16))),
    ).toBe(1);
  });

  test('copies count for nothing else', () => {
    const twice = syns([0], way).flatMap((frame) => [
      frame,
      { ...frame, time: 0.0001 },
      { ...frame, time: 0.0002 },
    ]);
    const observations = observe([...twice, ...untilSecond(5)]);
    expect(observations.copies.count).toBe(2);
    expect(observations.groups.find(({ port }) => port === 80)).toMatchObject({
      silentSyns: 1,
      silentSingles: 1,
    });
    expect(observations.packets).toBe(6);
  });
});

describe('UDP', () => {
  const datagram = (time: number, reply = false): WrittenFrame =>
    at(
      time,
      udp({
        from: reply ? `${SERVICE}:9000` : from,
        to: reply ? from : `${SERVICE}:9000`,
        payload: ascii(String(time)),
      }),
    );
  const key = `UDP ${CLIENT} → ${SERVICE}:9000`;

  test.each([
    { name: 'a reply', frames: [datagram(0), datagram(0.1, true)], outcomes: { answered: 1 } },
    { name: 'nothing back', frames: [datagram(0), datagram(2)], outcomes: { silent: 1 } },
    { name: 'young', frames: [datagram(0), datagram(1)], outcomes: { pending: 1 } },
    {
      name: 'an ICMP error',
      frames: [datagram(0), at(0.1, icmpError({ from: SERVICE, to: CLIENT, quoting: datagram(0).bytes }))],
      outcomes: { rejected: 1 },
    },
  ])('$name', ({ frames, outcomes }) => {
    expect(outcomesOf(observe(frames))).toEqual({ [key]: outcomes });
  });
});

describe('the same addresses and ports', () => {
  const ends = { from: `${CLIENT}:40000`, to: '10.96.3.4:80' };
  const nodes = { from: '172.30.0.11', to: '172.30.0.12' };
  /** Copies must be told from it: other sequence numbers, and half a second later. */
  const [one, other] = [handshake(0, ends), handshake(0.5, { ...ends, isn: 90_000 })];
  const inNetwork = (frames: readonly WrittenFrame[], vni: (index: number) => number): WrittenFrame[] =>
    frames.map(({ time, bytes }, i) => at(time, vxlan({ ...nodes, vni: vni(i) }, ethernet(bytes))));
  const conversations = (frames: readonly WrittenFrame[]): number[] =>
    observe(frames.toSorted((a, b) => a.time - b.time)).groups.map((group) => group.conversations);

  test('in two tunnels are two conversations, in turn as well', () => {
    const both = [
      ...inNetwork(one, () => 1),
      ...inNetwork(handshake(0.0005, { ...ends, isn: 90_000 }), () => 2),
    ];
    expect(conversations(both)).toEqual([2]);
    expect(observe(both.toSorted((a, b) => a.time - b.time)).groups[0]?.answered).toBe(2);
  });

  test('in a tunnel that is named after the sender are one conversation', () => {
    expect(conversations(inNetwork(one, (i) => (i === 1 ? 7 : 8)))).toEqual([1]);
  });

  test('seen in the tunnel on one way and without it on the other are one conversation', () => {
    expect(
      conversations(one.flatMap((frame, i) => (i === 1 ? inNetwork([frame], () => 1) : [frame]))),
    ).toEqual([1]);
  });

  test('in one tunnel, later, are the next conversation', () => {
    expect(conversations([...inNetwork(one, () => 1), ...inNetwork(other, () => 1)])).toEqual([2]);
  });
});
