import { describe, expect, test } from 'vitest';
import { packetsOfFindings } from '../../src/select/finding-packets.ts';
import { packetRow, type PacketRow } from '../../src/select/packet-row.ts';
import { SecondPass } from '../../src/select/second-pass.ts';
import { EPOCH } from '../conversations/observe.ts';
import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import { fragmentExtension, ip } from '../packets/ip.ts';
import { ethernet } from '../packets/link.ts';
import { u8 } from '../packets/octets.ts';
import { at, pcap } from '../packets/pcap.ts';
import { arp, icmp, icmpError, tcp, udp } from '../packets/transport.ts';
import { finding } from '../report/builders.ts';

const client = '10.244.1.5';
const server = '10.96.3.4';
const syn = tcp({ from: `${client}:40000`, to: `${server}:443`, flags: 'S', seq: 7 });
const dns = { from: `${client}:5353`, to: '10.96.0.10:53', id: 4711, name: 'api.example' };

function capture(packets: readonly Uint8Array[]): Uint8Array {
  const onLink = (bytes: Uint8Array): Uint8Array =>
    [4, 6].includes((bytes[0] as number) >>> 4) ? ethernet(bytes) : ethernet(bytes, 0x0806);
  return pcap(packets.map((bytes, index) => at(EPOCH + index, onLink(bytes))));
}

function rowsOf(packets: readonly Uint8Array[]): PacketRow[] {
  const rows: PacketRow[] = [];
  new SecondPass((frame, packet, clock) => void rows.push(packetRow(frame, packet, clock))).write(
    capture(packets),
  );
  return rows;
}

test('a packet in one line has number, time, ends and length', () => {
  expect(rowsOf([syn])[0]).toEqual({
    number: 1,
    time: '2026-11-21T10:00:00.000000Z',
    source: `${client}:40000`,
    destination: `${server}:443`,
    protocol: 'TCP',
    lengthBytes: 54,
    summary: 'Flags [S], seq 7, win 64240, length 0',
  });
});

test.each<[string, Uint8Array, string, string]>([
  [
    'data',
    tcp({ from: '[fd00::5]:1', to: '[fd00::6]:2', flags: 'PA', seq: 2 ** 32 - 1, ack: 9, payload: u8(1, 2) }),
    'TCP',
    'Flags [P.], seq 4294967295, ack 9, win 64240, length 2',
  ],
  [
    'a segment without flags',
    tcp({ from: '10.0.0.1:1', to: '10.0.0.2:2', flags: '' }),
    'TCP',
    'Flags [none], seq 0, win 64240, length 0',
  ],
  ['a datagram', udp({ from: '10.0.0.1:1', to: '10.0.0.2:2', payload: u8(1, 2, 3) }), 'UDP', 'length 3'],
  ['a query', dnsQuery(dns), 'DNS', '4711? A api.example'],
  [
    'an answer',
    dnsAnswer({ ...dns, from: dns.to, to: dns.from, rcode: 'NXDOMAIN' }),
    'DNS',
    '4711 NXDOMAIN A api.example',
  ],
  [
    'no DNS on its port',
    udp({ from: '10.0.0.1:1', to: '10.0.0.2:53', payload: u8(1, 2, 3) }),
    'UDP',
    'length 3',
  ],
  [
    'an ICMP error',
    icmpError({ from: '10.0.0.9', to: client, code: 3, quoting: syn }),
    'ICMP',
    `unreachable, code 3, about ${client}:40000 → ${server}:443`,
  ],
  ['a ping', icmp({ from: '10.0.0.1', to: '10.0.0.2', type: 8 }), 'ICMP', 'echo request, code 0'],
  ['a ping over IPv6', icmp({ from: 'fd00::1', to: 'fd00::2', type: 129 }), 'ICMPv6', 'echo reply, code 0'],
  ['ARP', arp({ operation: 'request', sender: client, target: '10.244.1.77' }), 'ARP', 'who has it?'],
  [
    'a fragment',
    ip({
      from: 'fd00::1',
      to: 'fd00::2',
      protocol: 17,
      extensions: [fragmentExtension(8, true, 1)],
      payload: u8(1, 2, 3, 4, 5, 6, 7, 8),
    }),
    'IP',
    'fragment at 8, more follow',
  ],
])('%s', (_name, bytes, protocol, summary) => {
  expect(rowsOf([bytes])[0]).toMatchObject({ protocol, summary });
});

describe('the packets of a finding', () => {
  const selected = (part: Parameters<typeof finding>[0], packets: readonly Uint8Array[]): number[] => {
    const isSelected = packetsOfFindings([finding({ frames: [], ...part })]);
    const numbers: number[] = [];
    new SecondPass((frame, packet) => {
      if (isSelected(packet)) numbers.push(frame.number);
    }).write(capture(packets));
    return numbers;
  };
  const ends = { client, server: `${server}:443` };
  const back = tcp({ from: `${server}:443`, to: `${client}:40000`, flags: 'SA' });
  const otherPort = tcp({ from: `${client}:40000`, to: `${server}:80`, flags: 'S' });
  const otherClient = tcp({ from: '10.244.1.6:40000', to: `${server}:443`, flags: 'S' });
  const error = icmpError({ from: '10.0.0.9', to: client, code: 3, quoting: syn });

  test('are those of its client and server in both directions, and the errors about them', () => {
    expect(selected(ends, [syn, otherPort, back, otherClient, error])).toEqual([1, 3, 5]);
  });

  test('are those of further servers that were put together with it', () => {
    expect(selected({ ...ends, details: { servers: [`${server}:80`] } }, [syn, otherPort])).toEqual([1, 2]);
  });

  test('are those of all clients where clients were put together', () => {
    expect(selected({ ...ends, client: '*' }, [syn, otherPort, otherClient])).toEqual([1, 3]);
  });

  test('are those of all ports of an address without one, ARP among them', () => {
    const asks = arp({ operation: 'request', sender: client, target: server });
    expect(selected({ client, server, protocol: 'ARP' }, [asks, otherPort, otherClient])).toEqual([1, 2]);
  });

  test('are its evidence, whoever sent it', () => {
    expect(selected({ ...ends, frames: [2] }, [syn, otherClient])).toEqual([1, 2]);
  });
});
