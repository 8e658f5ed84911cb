import { CLIENT, handshake, SERVICE } from '../conversations/observe.ts';
import { ascii } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { from, story, to, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const back = { from: to, to: from };
const syn = (time: number, id: number): WrittenFrame => at(time, tcp({ ...way, flags: 'S', seq: 1000, id }));
const refusal = (time: number): WrittenFrame => at(time, tcp({ ...back, flags: 'RA', ack: 1001, ttl: 63 }));
const acceptance = (time: number): WrittenFrame =>
  at(time, tcp({ ...back, flags: 'SA', seq: 5000, ack: 1001, ttl: 63 }));
const request = at(
  1,
  tcp({ ...way, flags: 'PA', seq: 1001, ack: 5001, payload: ascii('GET / HTTP/1.1\r\n\r\n') }),
);
const answer = (time: number, text: string, id: number, ttl = 63, seq = 5001): WrittenFrame =>
  at(time, tcp({ ...back, flags: 'PA', seq, ack: 1019, payload: ascii(text), id, ttl }));
const clientReset = at(1.2, tcp({ ...way, flags: 'R', seq: 1019, id: 9 }));
const serverReset = (ttl: number): WrittenFrame =>
  at(1.05, tcp({ ...back, flags: 'R', seq: 5001, id: 8, ttl }));
const forged = 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n';
const genuine = 'HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n';

/** What the detector of forged segments says, and does not say. */
export const forgedStories: readonly Story[] = [
  story(
    'tcp-forged-segment',
    'accepted after a refusal',
    [syn(0, 1), refusal(0.1), acceptance(0.2), at(0.21, tcp({ ...way, flags: 'A', seq: 1001, ack: 5001 }))],
    {
      severity: 'warning',
      client: CLIENT,
      server: `${SERVICE}:80`,
      count: 1,
      frames: [1, 2, 3],
      text: '1 of 1 connection: a reset refused the connection, yet the server accepted it',
    },
  ),
  story('tcp-forged-segment', 'Windows repeats a SYN until the server has started', [
    syn(0, 1),
    refusal(0.001),
    syn(0.5, 2),
    acceptance(0.501),
    at(0.502, tcp({ ...way, flags: 'A', seq: 1001, ack: 5001 })),
  ]),

  story(
    'tcp-forged-segment',
    'two answers to one request',
    [...handshake(0, way), request, answer(1.01, forged, 5), answer(1.1, genuine, 6), clientReset],
    { severity: 'warning', frames: [5, 6, 7], text: '…two different answers came for one request' },
  ),
  story('tcp-forged-segment', 'one answer is sent twice', [
    ...handshake(0, way),
    request,
    answer(1.01, genuine, 5),
    answer(1.3, genuine, 6),
    clientReset,
  ]),
  story('tcp-forged-segment', 'an answer is sent again with more behind it', [
    ...handshake(0, way),
    request,
    answer(1.01, genuine, 5),
    answer(1.3, `${genuine}HTTP/1.1 204 No Content\r\n\r\n`, 6),
    clientReset,
  ]),

  story(
    'tcp-forged-segment',
    'a reset from another distance, and the server goes on',
    [...handshake(0, way), request, serverReset(50), answer(1.1, genuine, 5)],
    { severity: 'warning', frames: [5, 6], text: '…which went on sending' },
  ),
  story('tcp-forged-segment', 'a reset from the same distance', [
    ...handshake(0, way),
    request,
    serverReset(63),
    answer(1.1, genuine, 5),
  ]),
  story('tcp-forged-segment', 'a reset from another distance is the end', [
    ...handshake(0, way),
    request,
    serverReset(50),
  ]),
];
