import { afterEach, describe, expect, test, vi } from 'vitest';
import { ByteBudget } from '../../src/applications/byte-budget.ts';
import { RecordTable } from '../../src/conversations/record-table.ts';
import { dissect } from '../../src/dissect/index.ts';
import { Fault, Packet, PacketKind } from '../../src/dissect/packet.ts';
import { Frame } from '../../src/pcap/frame.ts';
import { ip } from '../packets/ip.ts';
import { ethernet, mpls, vlan, vxlan } from '../packets/link.ts';
import { ascii } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import { tcp } from '../packets/transport.ts';
import { CLIENT, observe, SERVICE } from './observe.ts';

afterEach(() => vi.restoreAllMocks());

describe('floods of connections', () => {
  const syn = (from: string, to: string, i: number): WrittenFrame =>
    at(i / 1e6, tcp({ from, to, flags: 'S', seq: i, id: i & 0xffff }));
  const COUNT = 6000;

  /** Addresses and ports as attackers choose them: near each other, in steps of powers of two, with equal sums. */
  test.each<[string, (i: number) => [string, string]]>([
    ['from all ports of a host', (i) => [`10.0.0.1:${i + 1}`, '10.0.0.2:80']],
    ['from hosts 256 apart', (i) => [`10.${i >>> 8}.${i & 255}.1:1024`, '10.0.0.2:80']],
    [
      'to all hosts and ports',
      (i) => [`10.0.0.1:${1 + (i & 0x7fff)}`, `10.1.${(i >>> 8) & 255}.${i & 255}:${1 + (i >>> 2)}`],
    ],
    [
      'with both ends exchanged',
      (i) => [`10.0.${(i >>> 8) & 255}.${i & 255}:7`, `10.0.${i & 255}.${(i >>> 8) & 255}:7`],
    ],
  ])('%s leave the chains of the tables short', (_, ends) => {
    const steps = vi.spyOn(RecordTable.prototype, 'next');
    const frames = Array.from({ length: COUNT }, (_unused, i) => syn(...ends(i), i));
    for (const seed of [1, -5]) {
      steps.mockClear();
      observe(frames, { seed });
      expect(steps.mock.calls.length / COUNT).toBeLessThan(4);
    }
  });
});

describe('headers without an end', () => {
  const segment = tcp({ from: `${CLIENT}:40000`, to: `${SERVICE}:80`, flags: 'S' });
  const nested = (depth: number, wrap: (packet: Uint8Array) => Uint8Array): Uint8Array =>
    Array.from({ length: depth }).reduce<Uint8Array>((packet) => wrap(packet), segment);
  const inIp = (payload: Uint8Array): Uint8Array =>
    ip({ from: '10.0.0.1', to: '10.0.0.2', protocol: 4, payload });

  test.each([
    ['IP in IP', ethernet(nested(1000, inIp))],
    [
      'VXLAN',
      ethernet(
        nested(200, (packet) => vxlan({ from: '10.0.0.1', to: '10.0.0.2', vni: 1 }, ethernet(packet))),
      ),
    ],
    [
      'VLAN tags',
      vlan(
        Array.from({ length: 4000 }, () => 1),
        segment,
      ),
    ],
    [
      'MPLS labels',
      mpls(
        Array.from({ length: 4000 }, () => 16),
        segment,
      ),
    ],
  ])('%s are left after 24 layers', (_, bytes) => {
    const frame = new Frame();
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.capturedLength = frame.originalLength = bytes.length;
    frame.linkType = 1;
    const packet = new Packet();
    dissect(frame, packet);
    expect(packet).toMatchObject({ fault: Fault.TooDeep });
    expect(packet.kind).not.toBe(PacketKind.Tcp);
  });
});

test('HTTP heads without an end, on thousands of connections, hold a bounded number of bytes', () => {
  let [held, most] = [0, 0];
  const { take, give } = ByteBudget.prototype;
  vi.spyOn(ByteBudget.prototype, 'take').mockImplementation(function counting(
    this: ByteBudget,
    bytes: number,
  ) {
    const isGranted = take.call(this, bytes);
    if (isGranted) held += bytes;
    most = Math.max(most, held);
    return isGranted;
  });
  vi.spyOn(ByteBudget.prototype, 'give').mockImplementation(function counting(
    this: ByteBudget,
    bytes: number,
  ) {
    held -= bytes;
    give.call(this, bytes);
  });
  const endless = ascii(`GET / HTTP/1.1\r\nX-Endless: ${'x'.repeat(1200)}`);
  const more = ascii('x'.repeat(1400));
  const turns = [endless, ...Array.from({ length: 14 }, () => more)].map((says) => ({
    by: 'client' as const,
    says,
  }));
  const frames = Array.from({ length: 1500 }, (_, i) =>
    talk(
      { from: `10.0.${i >>> 8}.${i & 255}:40000`, to: `${SERVICE}:80`, time: i / 1e4 },
      turns.slice(0, i === 0 ? 15 : 2),
    ),
  ).flat();
  const { groups } = observe(frames);
  expect(most).toBeGreaterThan(16_384);
  expect(most).toBeLessThanOrEqual(16 * 1024 * 1024);
  expect(
    groups.flatMap(({ events }) => [...events.all.values()]).filter(({ kind }) => kind === 'http-exchange'),
  ).toEqual([]);
});
