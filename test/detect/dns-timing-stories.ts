import { CLIENT, DNS_SERVER, handshake, syns, untilSecond } from '../conversations/observe.ts';
import { dnsAnswer, dnsQuery, dnsQueryMessage, overTcp } from '../packets/dns.ts';
import type { DnsReply } from '../packets/dns.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { dns, lookup, story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const name = 'api.example';
const tcpWay = { from: `${CLIENT}:50000`, to: dns.to };
const cut = lookup(0, { name, truncated: true, answers: 0 });
const overTcpAt = (time: number): WrittenFrame[] => [
  ...handshake(time, tcpWay),
  at(
    time + 0.003,
    tcp({
      ...tcpWay,
      flags: 'PA',
      seq: 1001,
      ack: 5001,
      payload: overTcp(dnsQueryMessage({ name, id: 9 })),
    }),
  ),
];

const ask = (time: number, reply: DnsReply): WrittenFrame => at(time, dnsQuery({ ...reply, ...dns }));
const answer = (time: number, reply: DnsReply): WrittenFrame =>
  at(time, dnsAnswer({ ...reply, from: dns.to, to: dns.from }));
const a: DnsReply = { name, id: 7, type: 'A' };
const aaaa: DnsReply = { name, id: 8, type: 'AAAA', answers: 0 };

/** Both address types are asked for; AAAA is lost, and sent again at a time. */
const lost = (again: number): WrittenFrame[] => [
  ask(0, a),
  ask(0.0001, aaaa),
  answer(0.002, a),
  ask(again, aaaa),
];
const slowLookup = (time: number, tookSeconds: number): WrittenFrame[] => {
  const reply = { name, id: Math.round(time * 1000) };
  return [ask(time, reply), answer(time + tookSeconds, reply)];
};

/** What the detectors of slow and lost DNS answers say, and do not say. */
export const dnsTimingStories: readonly Story[] = [
  story('dns-truncated', 'nobody asks over TCP', [...cut, ...untilSecond(3)], {
    severity: 'warning',
    confidence: 'medium',
    client: CLIENT,
    server: `${DNS_SERVER}:53`,
    count: 1,
    frames: [1, 2],
    text: `1 answer was cut short (TC) and nobody asked again over TCP (${name})`,
  }),
  story('dns-truncated', 'TCP is dropped', [...cut, ...syns([0.003, 1, 3], tcpWay)], {
    severity: 'error',
    confidence: 'high',
    text: '…asking again over TCP failed',
  }),
  story('dns-truncated', 'too late for the first answer', [...cut, ...overTcpAt(2.5)], { count: 1 }),
  story('dns-truncated', 'TCP works', [...cut, ...overTcpAt(0.003), ...untilSecond(3)]),
  story('dns-truncated', 'a larger buffer works', [...cut, ...lookup(0.5, { name }), ...untilSecond(3)]),
  story('dns-truncated', 'the capture ends too early', cut),

  story('dns-slow', 'one answer of one', slowLookup(0, 1.5), {
    severity: 'warning',
    client: CLIENT,
    server: `${DNS_SERVER}:53`,
    count: 1,
    frames: [1, 2],
    text: `1 of 1 answer took more than 200 ms, the slowest 1500 ms (${name})`,
  }),
  story(
    'dns-slow',
    'two of thirty',
    Array.from({ length: 30 }, (_, i) => slowLookup(i, i % 15 === 3 ? 0.4 : 0.002)).flat(),
    { severity: 'warning', count: 2, text: '…2 of 30 answers took more than 200 ms, the slowest 400 ms' },
  ),
  story(
    'dns-slow',
    'one of thirty takes more than a second',
    Array.from({ length: 30 }, (_, i) => slowLookup(i * 2, i === 3 ? 1.2 : 0.002)).flat(),
    { severity: 'info', count: 1 },
  ),
  story(
    'dns-slow',
    'one of thirty is delayed',
    Array.from({ length: 30 }, (_, i) => slowLookup(i, i === 3 ? 0.4 : 0.002)).flat(),
  ),

  story('dns-race', 'AAAA is lost and asked for again after 5 s', [...lost(5), answer(5.002, aaaa)], {
    severity: 'error',
    client: CLIENT,
    server: `${DNS_SERVER}:53`,
    count: 1,
    frames: [2, 4, 5],
  }),
  story('dns-race', 'AAAA is never answered', [...lost(5), ...untilSecond(9)]),
  story('dns-race', 'it is asked for again after 2.5 s', [...lost(2.5), answer(2.502, aaaa)]),
  story('dns-race', 'both are lost', [
    ask(0, a),
    ask(0.0001, aaaa),
    ask(5, a),
    ask(5.0001, aaaa),
    answer(5.01, a),
    answer(5.01, aaaa),
  ]),

  story(
    'dns-mismatched-reply',
    'an answer to another question',
    [ask(0, a), answer(0.002, { ...a, name: 'other.example' })],
    {
      severity: 'warning',
      client: CLIENT,
      server: `${DNS_SERVER}:53`,
      count: 1,
      frames: [1, 2],
      text: `1 answer was to another question than the one asked with that id (${name})`,
    },
  ),
  story('dns-mismatched-reply', 'an answer to nobody', [
    ask(0, a),
    answer(0.002, { ...a, id: 99, name: 'other.example' }),
  ]),
  story('dns-mismatched-reply', 'the same answer twice', [ask(0, a), answer(0.002, a), answer(0.3, a)]),
];
