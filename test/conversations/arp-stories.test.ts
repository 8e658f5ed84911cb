import { expect, test } from 'vitest';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { arp } from '../packets/transport.ts';
import { CLIENT, GATEWAY, observe } from './observe.ts';

const TARGET = '10.244.1.77';
const request = (time: number, sender = CLIENT, target = TARGET): WrittenFrame =>
  at(time, arp({ operation: 'request', sender, target }));
const reply = (time: number, sender = TARGET, target = CLIENT): WrittenFrame =>
  at(time, arp({ operation: 'reply', sender, target }));
const three = [request(0), request(1), request(2)];

test.each([
  {
    name: 'three requests',
    frames: three,
    expected: { answered: false, repeats: 3, requesters: 1, requester: CLIENT },
  },
  { name: 'a reply', frames: [...three, reply(2.1)], expected: { answered: true } },
  { name: 'a reply before', frames: [reply(0), request(1), request(2)], expected: { answered: true } },
  {
    name: 'a request by the target itself',
    frames: [...three, request(3, TARGET, GATEWAY)],
    expected: { answered: true },
  },
  {
    name: 'two hosts, once each',
    frames: [request(0), request(1, GATEWAY)],
    expected: { repeats: 1, requesters: 2, requester: GATEWAY },
  },
  {
    name: 'two hosts in turn',
    frames: [0, 1, 2].flatMap((s) => [request(s), request(s + 0.01, GATEWAY)]),
    expected: { repeats: 3, requesters: 2 },
  },
  {
    name: 'one host that asks for others between',
    frames: [request(0), request(0.5, GATEWAY, CLIENT), request(1)],
    expected: { repeats: 2, requesters: 1 },
  },
  {
    name: 'a request each minute',
    frames: [request(0), request(60), request(120)],
    expected: { repeats: 1, requesters: 1 },
  },
  {
    name: 'requests captured twice',
    frames: three.flatMap((frame) => [frame, { ...frame, time: frame.time + 0.001 }]),
    expected: { repeats: 3 },
  },
])('$name', ({ frames, expected }) => {
  expect(observe(frames).arp.find(({ address }) => address === TARGET)).toMatchObject(expected);
});

test('probes and announcements ask for nobody', () => {
  expect(observe([request(0, '0.0.0.0'), request(1, TARGET, TARGET)]).arp).toEqual([]);
});
