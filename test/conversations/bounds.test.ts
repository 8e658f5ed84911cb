import { describe, expect, test } from 'vitest';
import { DnsMessage } from '../../src/dissect/dns.ts';
import { NamePool, OTHER_NAMES } from '../../src/conversations/name-pool.ts';
import { Durations, Tally } from '../../src/conversations/samples.ts';
import { dnsAnswer, dnsQuery, dnsQueryMessage } from '../packets/dns.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp, udp } from '../packets/transport.ts';
import { u8 } from '../packets/octets.ts';
import { CLIENT, DNS_SERVER, observe } from './observe.ts';

const host = (i: number): string => `10.${1 + (i >>> 16)}.${(i >>> 8) & 255}.${i & 255}`;

describe('groups', () => {
  const syn = (time: number, from: string, to: string): WrittenFrame =>
    at(time, tcp({ from, to, flags: 'S', seq: 1 }));

  test('ten thousand servers are counted in at most 8,192 groups, and none is lost', () => {
    const frames = Array.from({ length: 10_000 }, (_, i) => syn(i / 1e4, `${CLIENT}:40000`, `${host(i)}:80`));
    const extra = [
      syn(2, '[fd00::1]:40000', '[fd00::2]:80'),
      at(2, udp({ from: `${CLIENT}:40000`, to: '10.200.0.1:9000', payload: u8() })),
      at(2, udp({ from: '[fd00::1]:40000', to: '[fd00::2]:9000', payload: u8() })),
    ];
    const { groups } = observe([...frames, ...extra]);
    expect(groups.length).toBeLessThanOrEqual(8192);
    expect(groups.reduce((sum, group) => sum + group.conversations, 0)).toBe(10_003);
    expect(
      groups
        .filter(({ server }) => server === '*')
        .map(({ protocol }) => protocol)
        .toSorted(),
    ).toEqual(['TCP', 'TCP', 'UDP', 'UDP']);
  });

  test('many clients of one server are put together when room is short', () => {
    const frames = Array.from({ length: 9000 }, (_, i) => syn(i / 1e4, `${host(i)}:40000`, '10.96.3.4:80'));
    const { groups } = observe(frames);
    expect(groups.length).toBeLessThanOrEqual(8192);
    const together = groups.filter(({ client }) => client === '*');
    expect(together).toMatchObject([{ server: '10.96.3.4', port: 80 }]);
    expect(groups.reduce((sum, group) => sum + group.conversations, 0)).toBe(9000);
  });
});

describe('DNS names', () => {
  const read = (name: string): DnsMessage => {
    const message = new DnsMessage();
    const bytes = dnsQueryMessage({ name });
    message.read(new DataView(bytes.buffer), 0, bytes.length);
    return message;
  };

  test('have one id each, and their text back', () => {
    const pool = new NamePool(1);
    const ids = ['a.example', 'b.example', '', 'A.example'].map((name) => pool.id(read(name)));
    expect(ids).toEqual([1, 2, 3, 1]);
    expect(ids.map((id) => pool.text(id))).toEqual(['a.example', 'b.example', '.', 'a.example']);
  });

  test('bytes that are not printable are written as numbers', () => {
    const pool = new NamePool(1);
    expect(pool.text(pool.id(read('a b\u001b[31m.x')))).toBe('a\\032b\\027[31m.x');
  });

  test.each([
    { what: 'more names than are kept', name: (i: number): string => `n${i}.example`, kept: 16_383 },
    {
      what: 'more bytes than are kept',
      name: (i: number): string => `${i}.${'x'.repeat(60)}.${'y'.repeat(60)}`,
      kept: 8340,
    },
  ])('$what share one entry', ({ name, kept }) => {
    const pool = new NamePool(1);
    const ids = Array.from({ length: 20_000 }, (_, i) => pool.id(read(name(i))));
    expect(new Set(ids.filter((id) => id !== OTHER_NAMES)).size).toBeGreaterThan(kept - 50);
    expect(new Set(ids.filter((id) => id !== OTHER_NAMES)).size).toBeLessThanOrEqual(kept);
    expect(pool.id(read(name(5)))).toBe(ids[5]);
    expect(pool.id(read(name(19_999)))).toBe(OTHER_NAMES);
    expect(pool.text(OTHER_NAMES)).toBe('(other names)');
  });

  test('twenty thousand names asked for are all counted', () => {
    const way = { from: `${CLIENT}:5353`, to: `${DNS_SERVER}:53` };
    const frames = Array.from({ length: 20_000 }, (_, i) => {
      const asked = { name: `n${i}.example`, id: i };
      return [
        at(i / 1e4, dnsQuery({ ...asked, ...way })),
        at(i / 1e4, dnsAnswer({ ...asked, from: way.to, to: way.from, rcode: 'NXDOMAIN' })),
      ];
    }).flat();
    const { dns } = observe(frames);
    expect(dns.length).toBeLessThanOrEqual(8192);
    expect(dns.reduce((sum, { queries }) => sum + queries, 0)).toBe(20_000);
    expect(dns.reduce((sum, { nxdomain }) => sum + nxdomain.count, 0)).toBe(20_000);
  });
});

describe('samples', () => {
  test('a tally keeps a bounded number of frames, each once', () => {
    const tally = new Tally();
    for (let i = 0; i < 100; i++) tally.add(i, i + 1, i, i, 0);
    expect(tally).toMatchObject({ count: 100, firstNs: 0, lastNs: 100 });
    expect(tally.frames).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('a median is drawn from all durations, in milliseconds', () => {
    const durations = new Durations();
    expect(durations.medianMs()).toBeNull();
    for (const value of [3e6, 1e6, 2e6, -1, Number.NaN]) durations.add(value);
    expect(durations).toMatchObject({ count: 3 });
    expect(durations.medianMs()).toBe(2);
    for (let i = 0; i < 10_000; i++) durations.add(i < 2000 ? 1e6 : 9e6);
    expect(durations.medianMs()).toBe(9);
  });
});
