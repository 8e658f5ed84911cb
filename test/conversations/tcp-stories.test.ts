import { describe, expect, test } from 'vitest';
import { ascii } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { icmp, icmpError, tcp } from '../packets/transport.ts';
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
