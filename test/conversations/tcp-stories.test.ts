import { describe, expect, test } from 'vitest';
import { summariseGroups } from '../../src/conversations/summary.ts';
import { dnsQuery } from '../packets/dns.ts';
import { ethernet, vxlan } from '../packets/link.ts';
import { ascii } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { icmp, icmpError, tcp, udp } from '../packets/transport.ts';
import {
  CLIENT,
  GATEWAY,
  handshake,
  observe,
  outcomesOf,
  SERVICE,
  syns,
  UNTIL,
  untilSecond,
} from './observe.ts';

const from = `${CLIENT}:40000`;
const to = `${SERVICE}:80`;
const way = { from, to };
const back = { from: to, to: from };
const GROUP = `TCP ${CLIENT} → ${SERVICE}:80`;
const synPacket = tcp({ ...way, flags: 'S', seq: 1000, id: 100 });
const rst = (time: number, ack = 1001, flags = 'RA'): WrittenFrame =>
  at(time, tcp({ ...back, flags, ack, ttl: 63 }));
const data = (time: number, seq: number, text: string, id = 0): WrittenFrame =>
  at(time, tcp({ ...way, flags: 'PA', seq, ack: 5001, payload: ascii(text), id }));
const ackFromServer = (time: number, ack: number): WrittenFrame =>
  at(time, tcp({ ...back, flags: 'A', seq: 5001, ack }));

interface Story {
  readonly name: string;
  readonly frames: readonly WrittenFrame[];
  /** Outcomes of the one group. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** More groups that come out. */
  readonly others?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const stories: readonly Story[] = [
  { name: 'a handshake', frames: handshake(0, way), outcomes: { answered: 1 } },
  { name: 'SYNs without an answer', frames: syns([0, 1, 2.03], way), outcomes: { silent: 1 } },
  { name: 'two SYNs at the end of the capture', frames: syns([0, 1], way), outcomes: { silent: 1 } },
  {
    name: 'one SYN, 3 s old',
    frames: [...syns([0], way), ...untilSecond(3)],
    outcomes: { silent: 1 },
    others: UNTIL,
  },
  {
    name: 'one SYN, 2.9 s old',
    frames: [...syns([0], way), ...untilSecond(2.9)],
    outcomes: { pending: 1 },
    others: UNTIL,
  },
  {
    name: 'a SYN repeated, then answered',
    frames: [...syns([0], way), ...handshake(1, way)],
    outcomes: { answered: 1 },
  },
  {
    name: 'an RST that acknowledges the SYN',
    frames: [...syns([0], way), rst(0.001)],
    outcomes: { refused: 1 },
  },
  {
    name: 'an RST after each of two SYNs',
    frames: [...syns([0], way), rst(0.001), ...syns([1], way), rst(1.001)],
    outcomes: { refused: 1 },
  },
  {
    name: 'an RST that acknowledges data in the SYN',
    frames: [...syns([0], way), rst(0.001, 1101)],
    outcomes: { refused: 1 },
  },
  {
    name: 'an RST for another connection',
    frames: [...syns([0, 1, 2], way), rst(2.1, 77_000)],
    outcomes: { unjudged: 1 },
  },
  { name: 'an RST long after the SYN', frames: [...syns([0, 1], way), rst(3.5)], outcomes: { unjudged: 1 } },
  {
    name: 'a forged RST before the SYN-ACK',
    frames: [...syns([0], way), rst(0.0005), ...handshake(0.001, way)],
    outcomes: { answered: 1 },
  },
  {
    name: 'an RST that ends an open connection',
    frames: [...handshake(0, way), rst(1, 1001)],
    outcomes: { answered: 1 },
  },
  {
    name: 'a client that gives up by RST',
    frames: [...syns([0], way), at(0.2, tcp({ ...way, flags: 'R', seq: 1001 })), ...untilSecond(5)],
    outcomes: { unjudged: 1 },
    others: UNTIL,
  },
  ...[undefined, 28, 24].map((quotedBytes) => ({
    name: `an ICMP error that quotes ${quotedBytes ?? 'all'} bytes of the SYN`,
    frames: [
      ...syns([0], way),
      at(
        0.001,
        icmpError({
          from: GATEWAY,
          to: CLIENT,
          quoting: synPacket,
          ...(quotedBytes === undefined ? {} : { quotedBytes }),
        }),
      ),
    ],
    outcomes: { rejected: 1 },
  })),
  {
    name: 'an ICMP error whose quote lacks the ports',
    frames: [
      ...syns([0, 1], way),
      at(1.001, icmpError({ from: GATEWAY, to: CLIENT, quoting: synPacket, quotedBytes: 22 })),
    ],
    outcomes: { silent: 1 },
  },
  {
    name: 'an ICMP error about an older connection of these ports',
    frames: [
      ...syns([0, 1], way),
      at(1.001, icmpError({ from: GATEWAY, to: CLIENT, quoting: tcp({ ...way, flags: 'S', seq: 77 }) })),
    ],
    outcomes: { silent: 1 },
  },
  {
    name: 'an ICMP error about an open connection',
    frames: [...handshake(0, way), at(1, icmpError({ from: GATEWAY, to: CLIENT, quoting: synPacket }))],
    outcomes: { answered: 1 },
  },
  {
    name: '"fragmentation needed"',
    frames: [
      ...syns([0, 1], way),
      at(1.001, icmpError({ from: GATEWAY, to: CLIENT, code: 4, quoting: synPacket })),
    ],
    outcomes: { silent: 1 },
  },
  {
    name: 'an ICMP error of the client itself',
    frames: [
      ...syns([0, 1], way),
      at(3, icmpError({ from: CLIENT, to: CLIENT, code: 1, quoting: synPacket })),
    ],
    outcomes: { silent: 1 },
  },
  {
    name: 'an ICMP error, then an answer',
    frames: [
      ...syns([0], way),
      at(0.001, icmpError({ from: GATEWAY, to: CLIENT, quoting: synPacket })),
      ...handshake(1, way),
    ],
    outcomes: { answered: 1 },
  },
  {
    name: 'an echo request beside it',
    frames: [...syns([0, 1], way), at(1.1, icmp({ from: GATEWAY, to: CLIENT, type: 8, payload: synPacket }))],
    outcomes: { silent: 1 },
  },
  {
    name: 'a SYN-ACK from another address',
    frames: [
      ...syns([0], way),
      at(0.001, tcp({ from: '10.244.1.7:8080', to: from, flags: 'SA', seq: 5000, ack: 1001 })),
      at(0.0011, tcp({ from, to: '10.244.1.7:8080', flags: 'R', seq: 1001 })),
      ...syns([1], way),
    ],
    outcomes: { answeredByOther: 1 },
  },
  {
    name: 'a SYN-ACK from another address that acknowledges something else',
    frames: [
      ...syns([0, 1], way),
      at(1.001, tcp({ from: '10.244.1.7:8080', to: from, flags: 'SA', seq: 5000, ack: 9 })),
    ],
    outcomes: { silent: 1 },
    others: { [`TCP ${CLIENT} → 10.244.1.7:8080`]: { answered: 1 } },
  },
  {
    name: 'a node that sees the packets before and after translation',
    frames: [
      at(0, tcp({ ...way, flags: 'S', seq: 1000 })),
      at(0.0001, tcp({ from, to: '10.244.2.9:8080', flags: 'S', seq: 1000 })),
      at(0.001, tcp({ from: '10.244.2.9:8080', to: from, flags: 'SA', seq: 5000, ack: 1001 })),
      at(0.0011, tcp({ ...back, flags: 'SA', seq: 5000, ack: 1001 })),
    ],
    outcomes: { answered: 1 },
    others: { [`TCP ${CLIENT} → 10.244.2.9:8080`]: { answered: 1 } },
  },
  {
    name: 'a SYN-ACK that the file holds before its SYN',
    frames: [
      at(10, tcp({ ...back, flags: 'SA', seq: 5000, ack: 1001 })),
      at(10.001, tcp({ ...way, flags: 'S', seq: 1000 })),
      at(10.002, tcp({ ...way, flags: 'A', seq: 1001, ack: 5001 })),
    ],
    outcomes: { answered: 1 },
  },
  {
    name: 'ports that are used again',
    frames: [
      ...syns([0, 1], way),
      ...handshake(2, { ...way, isn: 90_000 }),
      ...syns([3, 4], { ...way, isn: 7 }),
    ],
    outcomes: { answered: 1, silent: 2 },
  },
  {
    name: 'a capture of one direction',
    frames: [
      ...syns([0], way),
      at(0.002, tcp({ ...way, flags: 'A', seq: 1001, ack: 5001 })),
      data(0.01, 1001, 'GET'),
      ...untilSecond(5),
    ],
    outcomes: { unjudged: 1 },
    others: UNTIL,
  },
  {
    name: 'a capture that starts at the SYN-ACK',
    frames: handshake(0, way).slice(1),
    outcomes: { answered: 1 },
  },
  {
    name: 'a capture that starts in the middle',
    frames: [data(0, 1, 'x'), ackFromServer(0.1, 2)],
    outcomes: { unjudged: 1 },
  },
];

describe('a connection attempt', () => {
  test.each(stories)('$name', ({ frames, outcomes, others = {} }) => {
    expect(outcomesOf(observe(frames))).toEqual({ [GROUP]: outcomes, ...others });
  });

  test.each(stories)('$name: the same with another seed of the hashes', ({ frames, outcomes }) => {
    expect(outcomesOf(observe(frames, { seed: 0x7fffffff }))[GROUP]).toEqual(outcomes);
  });
});

describe('IPv6', () => {
  const client = 'fd00:10:244:1::5';
  const way6 = { from: `[${client}]:40000`, to: '[fd00:10:96::4]:80' };
  const quoting = tcp({ ...way6, flags: 'S', seq: 1000 });
  const outcomes = (sender: string): unknown =>
    outcomesOf(
      observe([
        at(0, quoting),
        ...syns([1], way6),
        at(1.001, icmpError({ from: sender, to: client, quoting })),
      ]),
    );

  test('silence', () => {
    expect(outcomesOf(observe(syns([0, 1], way6)))).toEqual({
      [`TCP ${client} → [fd00:10:96::4]:80`]: { silent: 1 },
    });
  });

  test('an ICMPv6 error rejects', () => {
    expect(outcomes('fd00:10:244:1::1')).toEqual({ [`TCP ${client} → [fd00:10:96::4]:80`]: { rejected: 1 } });
  });

  test('a sender whose address differs from the client’s in the middle only is not the client', () => {
    expect(outcomes('fd00:10:244:2::5')).toEqual({ [`TCP ${client} → [fd00:10:96::4]:80`]: { rejected: 1 } });
    expect(outcomes(client)).toEqual({ [`TCP ${client} → [fd00:10:96::4]:80`]: { silent: 1 } });
  });
});

describe('what is measured', () => {
  const groupOf = (frames: readonly WrittenFrame[]) =>
    summariseGroups(observe(frames)).find(({ server }) => server === to);

  test('the handshake takes from SYN to SYN-ACK', () => {
    expect(groupOf(handshake(5, way))).toMatchObject({
      handshakeMs: 1,
      packets: 3,
      conversations: 1,
      firstSeen: '2026-11-21T10:00:05.000000Z',
    });
  });

  test.each([
    ['with a repeated SYN', [...syns([0], way), ...handshake(1, way)]],
    [
      'whose SYN-ACK stands before its SYN',
      [handshake(100, way)[1], handshake(100.01, way)[0]] as WrittenFrame[],
    ],
    ['whose SYN-ACK was not captured', [...syns([0], way), ackFromServer(1, 1001)]],
  ])('a handshake %s is not measured', (_, frames) => {
    expect(groupOf([...untilSecond(0), ...frames])?.handshakeMs).toBeNull();
  });

  test('the frames of the evidence are those of the SYNs and of the answer', () => {
    const [refused] = observe([...untilSecond(0), ...syns([1], way), rst(1.1)]).groups.filter(
      ({ port }) => port === 80,
    );
    expect(refused?.refused).toMatchObject({ count: 1, frames: [4, 5] });
    expect(refused).toMatchObject({ refusalTtl: 63 });
    const [silent] = observe(syns([0, 1, 2, 3], way)).groups;
    expect(silent).toMatchObject({ silentSyns: 4, silentSingles: 0, silent: { frames: [1, 2, 4] } });
  });

  test('the time of the last answer is that of the attempt, not that of its last packet', () => {
    const [group] = observe([
      ...handshake(0, way),
      ...syns([5, 6], { ...way, from: `${CLIENT}:40001` }),
      data(9, 1001, 'x'),
    ]).groups.filter(({ port }) => port === 80);
    expect(group?.lastAnsweredNs).toBeLessThan(5e9);
  });

  test('a Service that is asked over VXLAN is the inner one', () => {
    const inner = handshake(0, way).map(({ time, bytes }) =>
      at(time, vxlan({ from: '172.30.0.11', to: '172.30.0.12', vni: 1 }, ethernet(bytes))),
    );
    expect(outcomesOf(observe(inner))).toEqual({ [GROUP]: { answered: 1 } });
  });
});

describe('capture loss', () => {
  const unseen = (frames: readonly WrittenFrame[]): number =>
    observe([...handshake(0, way), ...frames]).groups[0]?.unseen.count ?? -1;

  test.each([
    { name: 'data that is there', frames: [data(1, 1001, 'abcd'), ackFromServer(1.1, 1005)], count: 0 },
    {
      name: 'data acknowledged beyond what was captured',
      frames: [data(1, 1001, 'abcd'), ackFromServer(1.1, 1009)],
      count: 1,
    },
    {
      name: 'a hole that is acknowledged',
      frames: [data(1, 1005, 'efgh'), ackFromServer(1.1, 1009)],
      count: 1,
    },
    {
      name: 'a hole that is filled later',
      frames: [data(1, 1005, 'efgh'), data(1.2, 1001, 'abcd'), ackFromServer(1.3, 1009)],
      count: 0,
    },
    {
      name: 'a hole that is not acknowledged',
      frames: [data(1, 1005, 'efgh'), ackFromServer(1.1, 1001)],
      count: 0,
    },
    {
      name: 'two holes, the first acknowledged',
      frames: [
        data(1, 1005, 'efgh'),
        ackFromServer(1.1, 1009),
        data(1.2, 1013, 'mnop'),
        ackFromServer(1.3, 1009),
      ],
      count: 1,
    },
  ])('$name: $count', ({ frames, count }) => {
    expect(unseen(frames)).toBe(count);
  });

  test('sequence numbers may go round', () => {
    const isn = 0xfffffffd;
    const frames = [
      ...handshake(0, { ...way, isn }),
      at(1, tcp({ ...way, flags: 'PA', seq: isn + 1, ack: 5001, payload: ascii('abcdefgh') })),
      ackFromServer(1.1, 6),
    ];
    expect(observe(frames).groups[0]?.unseen.count).toBe(0);
  });
});

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
