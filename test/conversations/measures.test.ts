import { describe, expect, test } from 'vitest';
import { summariseGroups } from '../../src/conversations/summary.ts';
import { ethernet, vxlan } from '../packets/link.ts';
import { ascii } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { CLIENT, handshake, observe, outcomesOf, SERVICE, syns, untilSecond } from './observe.ts';

const from = `${CLIENT}:40000`;
const to = `${SERVICE}:80`;
const way = { from, to };
const back = { from: to, to: from };
const GROUP = `TCP ${CLIENT} → ${SERVICE}:80`;
const rst = (time: number, ack = 1001, flags = 'RA'): WrittenFrame =>
  at(time, tcp({ ...back, flags, ack, ttl: 63 }));
const data = (time: number, seq: number, text: string, id = 0): WrittenFrame =>
  at(time, tcp({ ...way, flags: 'PA', seq, ack: 5001, payload: ascii(text), id }));
const ackFromServer = (time: number, ack: number): WrittenFrame =>
  at(time, tcp({ ...back, flags: 'A', seq: 5001, ack }));

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

  test.each([1000, 3e9])(
    'data from %d on that comes again is sent again, while nothing acknowledged it',
    (seq) => {
      const group = groupOf([data(0, seq, 'abc', 1), data(0.3, seq, 'abc', 2), data(0.9, seq, 'abc', 3)]);
      expect(group?.segments.fromClient).toMatchObject({ retransmissions: 2, spurious: 0 });
    },
  );

  test('the frames of the evidence are those of the SYNs and of the answer', () => {
    const [refused] = observe([...untilSecond(0), ...syns([1], way), rst(1.1)]).groups.filter(
      ({ port }) => port === 80,
    );
    expect(refused?.refused).toMatchObject({ count: 1, frames: [4, 5] });
    expect(refused).toMatchObject({ refusalTtl: 63 });
    const [silent] = observe(syns([0, 1, 2, 3], way)).groups;
    expect(silent).toMatchObject({ silentSyns: 4, silentSingles: 0, silent: { frames: [1, 2, 4] } });
  });

  test.each([
    ['behind', (young: WrittenFrame[], far: WrittenFrame[]) => [...young, ...far]],
    ['before', (young: WrittenFrame[], far: WrittenFrame[]) => [...far, ...young]],
  ])('one packet with a time far ahead, %s all others, does not end what has just begun', (_, ordered) => {
    const young = [...untilSecond(0), ...syns([1], way)];
    const far = syns([1e6], { from: '10.244.1.8:40000', to: '10.244.1.9:80' });
    expect(outcomesOf(observe(ordered(young, far)))).toMatchObject({ [GROUP]: { pending: 1 } });
  });

  test('a capture that goes on hours later ends there', () => {
    const story = [...syns([0], way), ...untilSecond(40_000)];
    expect(outcomesOf(observe(story))).toMatchObject({ [GROUP]: { silent: 1 } });
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
