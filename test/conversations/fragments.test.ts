import { describe, expect, test } from 'vitest';
import { seenNames } from '../../src/conversations/host-names.ts';
import { Fragments } from '../../src/conversations/fragments.ts';
import { dissect } from '../../src/dissect/index.ts';
import { Packet } from '../../src/dissect/packet.ts';
import { Frame } from '../../src/pcap/frame.ts';
import { dnsName, dnsQuery } from '../packets/dns.ts';
import { inFragments, ip } from '../packets/ip.ts';
import { ethernet, vxlan } from '../packets/link.ts';
import { ascii, join, u16, u32, u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp, udp } from '../packets/transport.ts';
import { CLIENT, DNS_SERVER, handshake, observe, outcomesOf, SERVICE } from './observe.ts';

const V4 = { client: `${CLIENT}:5353`, server: `${DNS_SERVER}:53` };
const V6 = { client: '[fd00::5]:5353', server: '[fd00::a]:53' };

/** A query and an answer of 60 addresses, the last of which names a host that is nowhere else. */
function bigAnswer({ client, server }: typeof V4): { query: WrittenFrame; answer: Uint8Array } {
  const name = 'many.example';
  const record = (last: number): Uint8Array =>
    join(u16(0xc00c, 1, 1), u32(30), u16(4), u8(203, 0, 113, last));
  const text = join(u16(0xc00c, 16, 1), u32(30), u16(401), u8(200), ascii('t'.repeat(400)));
  const answers = [...Array.from({ length: 5 }, () => text), record(77)];
  const message = join(u16(9, 0x8180, 1, answers.length, 0, 0), dnsName(name), u16(1, 1), ...answers);
  return {
    query: at(0, dnsQuery({ from: client, to: server, name, id: 9 })),
    answer: udp({ from: server, to: client, payload: message }),
  };
}

const atMillisecond = (packets: readonly Uint8Array[], from = 2): WrittenFrame[] =>
  packets.map((bytes, i) => at((from + i) / 1000, bytes));

describe.each(Object.entries({ V4, V6 }))('a DNS answer in fragments, %s', (_, ends) => {
  const { query, answer } = bigAnswer(ends);
  const parts = inFragments(answer, 512, 0x1234567);

  test.each([
    ['in order', parts],
    ['backwards', parts.toReversed()],
    ['one of them twice', [...parts.slice(0, 2), parts[1] as Uint8Array, ...parts.slice(2)]],
  ])('%s, is read to its end', (_order, packets) => {
    const observations = observe([query, ...atMillisecond(packets)]);
    expect(observations.dns.map(({ noError }) => noError)).toEqual([1]);
    expect([...seenNames(observations).keys()]).toContain('203.0.113.77');
    expect(observations.fragmentsMissing.count).toBe(0);
    expect(observations.fragmentsContradicting.count).toBe(0);
    expect(observations.malformed.count).toBe(0);
  });

  test('of which one is missing, counts by what its begin says, and that is told', () => {
    const observations = observe([query, ...atMillisecond(parts.toSpliced(2, 1))]);
    expect(observations.dns.map(({ noError }) => noError)).toEqual([1]);
    expect(observations.fragmentsMissing).toMatchObject({ count: 1, frames: [2] });
    expect([...seenNames(observations).keys()]).not.toContain('203.0.113.77');
  });

  test('without its begin, is no answer', () => {
    const observations = observe([query, ...atMillisecond(parts.slice(1))]);
    expect(observations.dns.map(({ noError }) => noError)).toEqual([0]);
    expect(observations.fragmentsMissing.count).toBe(1);
  });

  test('that overlap is dropped, as hosts do', () => {
    const [first = u8(), second = u8(), ...rest] = parts;
    const [, shifted = u8()] = inFragments(answer, 504, 0x1234567);
    const observations = observe([query, ...atMillisecond([first, shifted, second, ...rest])]);
    expect(observations.dns.map(({ noError }) => noError)).toEqual([0]);
    expect(observations.fragmentsContradicting.count).toBeGreaterThan(0);
    expect(observations.fragmentsMissing.count).toBe(0);
  });
});

test('a segment in fragments is one segment; its evidence is the frame that completed it', () => {
  const [client, server] = [`${CLIENT}:40000`, `${SERVICE}:80`];
  const request = tcp({
    from: client,
    to: server,
    flags: 'PA',
    seq: 1001,
    ack: 5001,
    payload: ascii(`GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(2000)}\r\n\r\n`),
  });
  const answer = tcp({
    from: server,
    to: client,
    flags: 'PA',
    seq: 5001,
    ack: 1001 + 2032,
    payload: ascii('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n'),
  });
  const parts = inFragments(request, 800, 7);
  const observations = observe([
    ...handshake(0, { from: client, to: server }),
    ...atMillisecond(parts, 10),
    at(0.05, answer),
  ]);
  const [group] = observations.groups;
  expect(group?.packets).toBe(5);
  const exchange = [...(group?.events.all.values() ?? [])].find(({ kind }) => kind === 'http-exchange');
  expect(exchange?.fields).toMatchObject({ status: 500 });
  expect(exchange?.frames).toContain(3 + parts.length);
  expect(group?.bytes).toBe(observations.bytes);
});

test('a segment that is not whole is no part of its connection', () => {
  const ends = { from: `${CLIENT}:40000`, to: `${SERVICE}:80` };
  const [first = u8()] = inFragments(
    tcp({ ...ends, flags: 'PA', seq: 1001, ack: 5001, payload: new Uint8Array(1000) }),
    512,
    7,
  );
  const observations = observe([...handshake(0, ends), at(0.1, first)]);
  expect(observations.groups[0]?.packets).toBe(3);
  expect(observations.fragmentsMissing).toMatchObject({ count: 1, frames: [4] });
});

test('a tunnel packet in fragments is looked into', () => {
  const frames = handshake(0, { from: `${CLIENT}:40000`, to: `${SERVICE}:80` }).flatMap(
    ({ time, bytes }, i) =>
      inFragments(vxlan({ from: '172.30.0.11', to: '172.30.0.12', vni: 7 }, ethernet(bytes)), 48, i + 1).map(
        (part, n) => at(time + n / 1e5, part),
      ),
  );
  expect(outcomesOf(observe(frames))).toEqual({
    [`TCP ${CLIENT} → ${SERVICE}:80`]: { answered: 1 },
  });
});

test('fragments in a tunnel that itself is whole are put together', () => {
  const segment = tcp({
    from: `${CLIENT}:40000`,
    to: `${SERVICE}:80`,
    flags: 'S',
    seq: 7,
    payload: new Uint8Array(900),
  });
  const observations = observe(
    atMillisecond(
      inFragments(segment, 512, 3).map((part) =>
        vxlan({ from: '172.30.0.11', to: '172.30.0.12', vni: 7 }, ethernet(part)),
      ),
    ),
  );
  expect(observations.groups.map(({ server, port }) => `${server}:${port}`)).toEqual([`${SERVICE}:80`]);
  expect(observations.tunnels.map(({ packets }) => packets.count)).toEqual([2]);
});

test('fragments within fragments end', () => {
  let packet = udp({ from: '10.0.0.1:1', to: '10.0.0.2:2', payload: new Uint8Array(64) });
  const frames: Uint8Array[] = [];
  for (let level = 0; level < 40; level++) {
    const parts = inFragments(packet, 40, level + 1);
    frames.push(...parts.slice(1));
    packet = ip({ from: '10.0.0.1', to: '10.0.0.2', protocol: 4, payload: parts[0] as Uint8Array });
  }
  frames.push(packet);
  const { packets } = observe(atMillisecond(frames));
  expect(packets).toBe(frames.length);
});

/** Feeds fragments of one host to the table. */
function feed(parts: Iterable<Uint8Array>, fragments: Fragments, secondsApart = 0): void {
  const packet = new Packet();
  packet.holdsFragments = true;
  const frame = new Frame();
  frame.linkType = 101;
  for (const bytes of parts) {
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.capturedLength = frame.originalLength = bytes.length;
    frame.number++;
    dissect(frame, packet);
    fragments.take(packet, frame.number * secondsApart * 1e9);
  }
}

const ignored = { whole: (): void => undefined, begun: (): void => undefined };
const fragment = (id: number, fragmentOffset: number, length = 8, moreFragments = true): Uint8Array =>
  ip({
    from: '10.0.0.1',
    to: '10.0.0.2',
    protocol: 17,
    id,
    fragmentOffset,
    moreFragments,
    payload: new Uint8Array(length),
  });

describe('fragments that are made to hurt', () => {
  test('the first fragments of 65,535 datagrams hold 256 of them at most', () => {
    const fragments = new Fragments(1, ignored);
    let most = 0;
    for (let id = 1; id <= 65_535; id++) {
      feed([fragment(id, 0)], fragments);
      most = Math.max(most, fragments.waiting);
    }
    expect(most).toBe(256);
    fragments.end();
    expect(fragments.missing.count).toBe(65_535);
    expect([fragments.waiting, fragments.heldBytes]).toEqual([0, 0]);
  });

  test('the last fragments of datagrams of 64 KB hold 4 MiB at most', () => {
    const fragments = new Fragments(1, ignored);
    let most = 0;
    for (let id = 1; id <= 1000; id++) {
      feed([fragment(id, 65_504, 8, false)], fragments);
      most = Math.max(most, fragments.heldBytes);
    }
    expect(most).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(most).toBeGreaterThan(1024 * 1024);
  });

  test('a datagram of 8191 fragments of 8 bytes is whole once, in whatever order they come', () => {
    const order = Array.from({ length: 8191 }, (_, i) => ((i * 4099) % 8191) * 8);
    const lengths: number[] = [];
    const fragments = new Fragments(1, {
      ...ignored,
      whole: ({ ipPayloadLength }) => lengths.push(ipPayloadLength),
    });
    feed(
      order.map((offset) => fragment(1, offset, 8, offset !== 8190 * 8)),
      fragments,
    );
    expect(lengths).toEqual([65_528]);
    expect([fragments.waiting, fragments.heldBytes]).toEqual([0, 0]);
  });

  test('the same fragment 65,535 times is one', () => {
    const fragments = new Fragments(1, ignored);
    const same = fragment(1, 8);
    feed(
      Array.from({ length: 65_535 }, () => same),
      fragments,
    );
    expect([fragments.waiting, fragments.contradicting.count]).toEqual([1, 0]);
  });

  test.each([
    ['an end beyond 65,535 bytes', [fragment(1, 65_528, 16, false)]],
    ['no bytes', [fragment(1, 8, 0)]],
    ['a length that is no multiple of 8 in the middle', [fragment(1, 0, 9)]],
    ['two ends', [fragment(1, 16, 8, false), fragment(1, 32, 8, false)]],
    ['an end before what was seen', [fragment(1, 32), fragment(1, 16, 8, false)]],
    ['something behind the end', [fragment(1, 16, 8, false), fragment(1, 24)]],
  ])('%s spoils the datagram', (_, parts) => {
    const fragments = new Fragments(1, ignored);
    feed(parts, fragments);
    expect(fragments.contradicting.count).toBe(1);
    fragments.end();
    expect(fragments.missing.count).toBe(0);
  });

  test('an identification that is used again after 30 s is another datagram', () => {
    const whole: number[] = [];
    const fragments = new Fragments(1, { ...ignored, whole: ({ frameNumber }) => whole.push(frameNumber) });
    feed([fragment(1, 0), fragment(1, 8, 8, false)], fragments, 31);
    expect(whole).toEqual([]);
    expect(fragments.missing.count).toBe(1);
  });
});
