import { CLIENT, handshake, SERVICE, untilSecond } from '../conversations/observe.ts';
import { u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp, udp } from '../packets/transport.ts';
import { from, story, to, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const back = { from: to, to: from };
const data = (time: number, bytes: number, seq = 1001): WrittenFrame =>
  at(time, tcp({ ...way, flags: 'PA', seq, ack: 5001, payload: new Uint8Array(bytes), id: 50 }));
const ack = (time: number, upTo: number): WrittenFrame =>
  at(time, tcp({ ...back, flags: 'A', seq: 5001, ack: upTo, ttl: 63 }));
const maximum = u8(2, 4, 5, 0xb4);
const agreed = [
  at(0, tcp({ ...way, flags: 'S', seq: 1000, tcpOptions: maximum })),
  at(0.001, tcp({ ...back, flags: 'SA', seq: 5000, ack: 1001, tcpOptions: maximum, ttl: 63 })),
  at(0.002, tcp({ ...way, flags: 'A', seq: 1001, ack: 5001 })),
];

const datagram = (time: number, server: string): WrittenFrame =>
  at(time, udp({ from: `${CLIENT}:50000`, to: server, payload: u8(35, 1, 2, time), id: time + 1 }));
const three = (server: string): WrittenFrame[] => [0, 64, 128].map((time) => datagram(time, server));
const hears = handshake(130, way);

/** What the detectors say about a capture that is no fault, and do not say. */
export const noticeStories: readonly Story[] = [
  story('midstream-capture', 'one of two connections', [data(0, 10), ack(0.01, 1011), ...untilSecond(1)], {
    severity: 'info',
    client: '',
    count: 1,
    frames: [1],
    text: '1 of 2 TCP connections was open before the capture began',
  }),
  story('midstream-capture', 'a capture of one direction', [data(0, 10), data(1, 10, 1011)]),
  story('midstream-capture', 'the end of a connection', [
    at(0, tcp({ ...way, flags: 'FA', seq: 1, ack: 1 })),
    at(0.1, tcp({ ...back, flags: 'R', seq: 1 })),
  ]),

  story('offload', 'a segment larger than agreed', [...agreed, data(0.1, 7240), ack(0.11, 8241)], {
    severity: 'info',
    count: 1,
    text: '…segments of up to 7240 bytes',
  }),
  story('offload', 'segments as agreed', [...agreed, data(0.1, 1460), ack(0.11, 2461)]),
  story('offload', 'large segments where nothing is known of the maximum', [
    data(0.1, 8000),
    ack(0.11, 9001),
  ]),

  story('udp-no-answer', 'NTP', [...three('10.0.0.9:123'), ...hears], {
    severity: 'info',
    client: CLIENT,
    server: '10.0.0.9:123',
    count: 3,
    frames: [1],
    text: '3 datagrams to NTP got no answer',
  }),
  story('udp-no-answer', 'one answer', [
    ...three('10.0.0.9:123'),
    at(128.1, udp({ from: '10.0.0.9:123', to: `${CLIENT}:50000`, payload: u8(36) })),
    ...hears,
  ]),
  story('udp-no-answer', 'a capture of one direction', three('10.0.0.9:123')),
  story('udp-no-answer', 'multicast', [...three('224.0.1.1:123'), ...hears]),
  story('udp-no-answer', 'a service that need not answer', [...three(`${SERVICE}:514`), ...hears]),
];
