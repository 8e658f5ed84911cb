import { detectors } from '../../src/detect/index.ts';
import {
  CLIENT,
  DNS_SERVER,
  EPOCH,
  GATEWAY,
  handshake,
  syns,
  untilSecond,
} from '../conversations/observe.ts';
import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import { ethernet } from '../packets/link.ts';
import { ascii } from '../packets/octets.ts';
import { at, pcap } from '../packets/pcap.ts';
import { arp, icmpError, tcp } from '../packets/transport.ts';
import {
  from,
  to,
  way,
  quoting,
  port,
  rst,
  dns,
  request,
  lookup,
  oneWay,
  otherAnswer,
  story,
  captureStory,
  healthy,
  frames,
  containing,
} from './story-builder.ts';
import { crossingStories } from './crossing-stories.ts';
import { incompleteStories } from './incomplete-stories.ts';
import { dnsStories } from './dns-stories.ts';
import { portStories } from './port-stories.ts';
import { sctpStories } from './sctp-stories.ts';
import { kafkaStories } from './kafka-stories.ts';
import { natStories } from './nat-stories.ts';
import { noticeStories } from './notice-stories.ts';
import { opaqueStories } from './opaque-stories.ts';
import { neighbourStories } from './neighbour-stories.ts';
import { scanStories } from './scan-stories.ts';
import { forgedStories } from './forged-stories.ts';
import { dnsTimingStories } from './dns-timing-stories.ts';
import { tcpStories } from './tcp-stories.ts';
import { icmpStories } from './icmp-stories.ts';
import { overlayStories } from './overlay-stories.ts';
import { quicStories } from './quic-stories.ts';
import { tlsStories } from './tls-stories.ts';
import { httpStories } from './http-stories.ts';
import { probeStories } from './probe-stories.ts';
import { windowStories } from './window-stories.ts';
import type { Story } from './story-builder.ts';

/** The name of the server has another address. */
const twoAddresses = [
  ...lookup(0, { name: 'two.example' }),
  ...lookup(0.1, { name: 'two.example', host: 9 }),
];

/** What every detector says, and does not say. */
export const stories: readonly Story[] = [
  ...detectors.map(({ id }) => story(id, 'healthy traffic', healthy)),
  ...detectors.map(({ id }) => story(id, 'no packets', [])),

  ...crossingStories,
  ...dnsStories,
  ...portStories,
  ...sctpStories,
  ...noticeStories,
  ...opaqueStories,
  ...neighbourStories,
  ...scanStories,
  ...forgedStories,
  ...dnsTimingStories,
  ...tcpStories,
  ...icmpStories,
  ...quicStories,
  ...tlsStories,
  ...httpStories,
  ...probeStories,
  ...windowStories,
  ...natStories,
  ...overlayStories,
  ...kafkaStories,
  story(
    'arp-no-answer',
    'three requests',
    [0, 1, 2].map((s) => request(s)),
    {
      severity: 'error',
      confidence: 'high',
      client: CLIENT,
      server: '10.244.1.77',
      count: 3,
      text: '3 ARP requests for 10.244.1.77, no answer',
    },
  ),
  story(
    'arp-no-answer',
    'two hosts ask',
    [0, 1, 2].flatMap((s) => [request(s), request(s, GATEWAY)]),
    { client: '*', count: 6 },
  ),
  story(
    'arp-no-answer',
    'the gateway asks, as every pod of its bridge sees',
    [...handshake(0, way), ...[1, 2, 3].map((s) => request(s, GATEWAY))],
    { severity: 'info', client: GATEWAY },
  ),
  story(
    'arp-no-answer',
    'the gateway asks, in a capture of all that the node does',
    [
      ...handshake(0, way),
      ...handshake(0.5, { from: '10.244.1.8:4000', to: '10.244.1.9:80' }),
      ...[1, 2, 3].map((s) => request(s, GATEWAY)),
    ],
    { severity: 'error' },
  ),
  story('arp-no-answer', 'two requests', [request(0), request(1)]),
  story(
    'arp-no-answer',
    'many hosts ask once, the answers go to them',
    Array.from({ length: 9 }, (_, i) => request(i, `10.244.1.${i + 10}`)),
  ),
  story(
    'arp-no-answer',
    'a reply',
    [0, 1, 2]
      .map((s) => request(s))
      .concat(at(3, arp({ operation: 'reply', sender: '10.244.1.77', target: CLIENT }))),
  ),

  ...incompleteStories,

  story(
    'captured-twice',
    'two copies',
    [...healthy, ...healthy].toSorted((a, b) => a.time - b.time),
    {
      severity: 'info',
      count: 8,
      text: '8 of 16 packets are second copies of a packet; they are not counted as retransmissions',
    },
  ),
  story(
    'captured-twice',
    'two packets that agree by chance',
    [...healthy, ...healthy.slice(0, 1)].toSorted((a, b) => a.time - b.time),
  ),

  captureStory('damaged-capture', 'a cut file', pcap(frames).subarray(0, -3), {
    severity: 'warning',
    text: containing('the capture ends in the middle of a record'),
  }),
  captureStory('damaged-capture', 'a link type that is not supported', pcap(frames, { linkType: 182 }), {
    severity: 'warning',
    count: 8,
    text: '8 packets of link type 182, which is not supported, could not be analysed',
  }),
  captureStory('damaged-capture', 'a wireless capture', pcap(frames, { linkType: 127 }), {
    severity: 'warning',
    text: '…of link type 127 (IEEE 802.11 with radiotap header, wireless), which is not supported',
  }),
  captureStory(
    'damaged-capture',
    'headers that contradict themselves',
    pcap([...frames, at(EPOCH, ethernet(Uint8Array.of(0x41, ...new Uint8Array(30)), 0x0800))]),
    { severity: 'info', count: 1, frames: [9] },
  ),
  captureStory(
    'damaged-capture',
    'headers that the snap length cut',
    pcap(
      frames.map(({ time, bytes }) => at(time, bytes.subarray(0, 30), bytes.length)),
      { snapLength: 30 },
    ),
  ),
  captureStory('damaged-capture', 'an empty capture with its header', pcap([])),

  story('one-way-capture', 'a client that goes on alone', [...oneWay, ...untilSecond(9)], {
    severity: 'warning',
    client: CLIENT,
    server: to,
    count: 1,
    text: '1 of 2 TCP conversations show one direction only or lack the answer to the SYN; nothing is said about the missing packets',
  }),
  story(
    'one-way-capture',
    'one of many',
    [...oneWay, ...Array.from({ length: 30 }, (_, i) => handshake(i + 1, port(i + 1))).flat()],
    { severity: 'info' },
  ),
  story('one-way-capture', 'silence', syns([0, 1, 2], way)),

  story('reply-from-other-address', 'a SYN-ACK', [...syns([0], way), otherAnswer], {
    severity: 'error',
    client: CLIENT,
    server: to,
    count: 1,
    text: '1 of 1 connection was answered by 10.244.1.7:8080 instead, which the client resets',
  }),
  story(
    'reply-from-other-address',
    'DNS',
    [
      at(0, dnsQuery({ ...dns, name: 'a.example' })),
      at(0.01, dnsAnswer({ from: '10.244.2.9:53', to: dns.from, name: 'a.example' })),
    ],
    {
      severity: 'error',
      server: `${DNS_SERVER}:53`,
      text: '1 DNS query was answered by 10.244.2.9:53 instead',
    },
  ),
  story('reply-from-other-address', 'then the right one', [
    ...syns([0], way),
    otherAnswer,
    ...handshake(1, way),
  ]),

  story('tcp-refused', 'the only connection', [...syns([0], way), rst(0.001)], {
    severity: 'error',
    confidence: 'high',
    client: CLIENT,
    server: to,
    count: 1,
    text: 'the only connection was refused by RST',
    frames: [1, 2],
  }),
  story(
    'tcp-refused',
    'in a capture that lacks packets',
    [...syns([0], way), rst(0.001)],
    { severity: 'error', confidence: 'medium' },
    { dropped: 9 },
  ),
  story(
    'tcp-refused',
    'before the first success',
    [...syns([0], way), rst(0.001), ...handshake(5, port(1))],
    { severity: 'warning', text: '1 of 2 connections were refused by RST; later ones were accepted' },
  ),
  story(
    'tcp-refused',
    'after a success whose connection goes on',
    [
      ...handshake(0, port(1)),
      ...syns([5], way),
      rst(5.001),
      at(9, tcp({ ...port(1), flags: 'PA', seq: 1001, ack: 5001, payload: ascii('x') })),
    ],
    { severity: 'error', text: '1 of 2 connections were refused by RST' },
  ),
  story(
    'tcp-refused',
    'by a firewall in its name',
    [...handshake(0, port(1)), ...syns([5], way), rst(5.001, 0, 64)],
    {
      severity: 'error',
      text: "1 of 2 connections were refused by RST (TTL 64, the server's own packets have 63: another host refuses in its name)",
    },
  ),
  story('tcp-refused', 'a reset of an open connection', [...handshake(0, way), rst(1)]),

  story(
    'tcp-rejected-by-icmp',
    'a gateway',
    [...syns([0], way), at(0.001, icmpError({ from: GATEWAY, to: CLIENT, quoting }))],
    {
      severity: 'error',
      confidence: 'high',
      client: CLIENT,
      server: to,
      count: 1,
      text: `the only connection was rejected by ICMP "port unreachable" from ${GATEWAY}`,
      frames: [1, 2],
    },
  ),
  story(
    'tcp-rejected-by-icmp',
    'a firewall, then success',
    [
      ...syns([0], way),
      at(0.001, icmpError({ from: GATEWAY, to: CLIENT, quoting, code: 13 })),
      ...handshake(5, port(1)),
    ],
    {
      severity: 'warning',
      text: `1 of 2 connections were rejected by ICMP "communication prohibited" from ${GATEWAY}; later ones were accepted`,
    },
  ),
  story('tcp-rejected-by-icmp', 'fragmentation needed', [
    ...handshake(0, way),
    at(1, icmpError({ from: GATEWAY, to: CLIENT, code: 4, quoting })),
  ]),

  story('tcp-syn-no-answer', 'silence', syns([0, 1, 2, 3], way), {
    severity: 'error',
    confidence: 'high',
    client: CLIENT,
    server: to,
    count: 1,
    text: 'the only connection got no answer: 4 SYNs, nothing back',
    frames: [1, 2, 4],
  }),
  story(
    'tcp-syn-no-answer',
    'some of several, then success',
    [...syns([0, 1], way), ...handshake(5, port(1))],
    {
      severity: 'error',
      text: '1 of 2 connections got no answer: 2 SYNs, nothing back; later ones were answered',
    },
  ),
  story(
    'tcp-syn-no-answer',
    'few of many',
    [...syns([0, 1], way), ...Array.from({ length: 30 }, (_, i) => handshake(i + 2, port(i + 1))).flat()],
    { severity: 'warning', count: 1 },
  ),
  story(
    'tcp-syn-no-answer',
    'a single SYN where packets come in',
    [...handshake(0, { from, to: `${GATEWAY}:80` }), ...syns([1], way), ...untilSecond(9)],
    {
      severity: 'warning',
      confidence: 'low',
      text: 'the only connection got no answer: 1 SYN, nothing back',
    },
  ),
  story(
    'tcp-syn-no-answer',
    'the slower of two addresses of a name',
    [
      ...twoAddresses,
      ...syns([1], way),
      ...handshake(1.25, { from: `${CLIENT}:40001`, to: '10.96.3.9:80' }),
      ...untilSecond(9),
    ],
    {
      severity: 'info',
      text: 'the only connection got no answer: 1 SYN, nothing back; another address of the same name was taken instead',
    },
  ),
  story(
    'tcp-syn-no-answer',
    'one of two addresses of a name, for which the client waits',
    [...twoAddresses, ...syns([1, 2], way), ...handshake(3, { from: `${CLIENT}:40001`, to: '10.96.3.9:80' })],
    { severity: 'error' },
  ),
  story(
    'tcp-syn-no-answer',
    'a single SYN beside a connection with a server of another name',
    [
      ...twoAddresses,
      ...syns([1], way),
      ...handshake(1.25, { from: `${CLIENT}:40001`, to: '10.96.3.7:80' }),
      ...untilSecond(9),
    ],
    { severity: 'warning' },
  ),
  story('tcp-syn-no-answer', 'a single SYN where nothing comes in', [...syns([0], way), ...untilSecond(9)]),
  story('tcp-syn-no-answer', 'a client that goes on', [...oneWay, ...untilSecond(9)]),
];
