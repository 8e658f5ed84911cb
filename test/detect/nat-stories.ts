import { CLIENT, handshake, SERVICE } from '../conversations/observe.ts';
import { ascii } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { from, story, to, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const POD = '10.244.2.7:8080';
const back = { from: to, to: from };
const untranslated = { from: POD, to: from };

const request = at(
  1,
  tcp({ ...way, flags: 'PA', seq: 1001, ack: 5001, id: 7, payload: ascii('GET / HTTP/1.1\r\n\r\n') }),
);
/** The answer to {@link request}, from the pod itself. */
const stray = (time: number, seq = 5001, flags = 'PA'): WrittenFrame =>
  at(time, tcp({ ...untranslated, flags, seq, ack: 1019, ttl: 63, id: 8, payload: ascii('HTTP/1.1 200') }));
/** The reset of a client that knows nothing of such a connection. */
const reset = (time: number, seq = 1019): WrittenFrame =>
  at(time, tcp({ from, to: POD, flags: 'R', seq, id: 9 }));

/** What the detector of lost address translation says, and does not say. */
export const natStories: readonly Story[] = [
  story(
    'nat-state-lost',
    'the answer comes from the pod itself',
    [...handshake(0, way), request, stray(1.01), reset(1.0101)],
    {
      severity: 'error',
      confidence: 'high',
      client: CLIENT,
      server: `${SERVICE}:80`,
      count: 1,
      frames: [5, 6],
      text: `in 1 open connection to ${SERVICE}:80 the answers suddenly came from ${POD}, and the client reset them`,
    },
  ),
  story(
    'nat-state-lost',
    'a retransmission of what the client has',
    [
      ...handshake(0, way),
      request,
      at(
        1.01,
        tcp({ ...back, flags: 'PA', seq: 5001, ack: 1019, ttl: 63, id: 8, payload: ascii('HTTP/1.1 200') }),
      ),
      stray(1.3),
      reset(1.3001),
    ],
    { count: 1 },
  ),
  story('nat-state-lost', 'nobody resets: a capture of both sides of the translation', [
    ...handshake(0, way),
    request,
    stray(1.01),
  ]),
  story('nat-state-lost', 'both sides of the translation from the beginning', [
    ...handshake(0, way),
    ...handshake(0.0001, { from, to: POD }),
    request,
    stray(1.01),
    reset(1.0101),
  ]),
  story('nat-state-lost', 'numbers of another connection', [
    ...handshake(0, way),
    request,
    stray(1.01, 900_000_000),
    reset(1.0101),
  ]),
  story('nat-state-lost', 'a reset of something else', [
    ...handshake(0, way),
    request,
    stray(1.01),
    reset(1.0101, 77),
  ]),
  story('nat-state-lost', 'a reset much later', [...handshake(0, way), request, stray(1.01), reset(5)]),
  story('nat-state-lost', 'the client had closed', [
    ...handshake(0, way),
    at(1, tcp({ ...way, flags: 'FA', seq: 1001, ack: 5001, id: 7 })),
    at(1.01, tcp({ ...untranslated, flags: 'FA', seq: 5001, ack: 1002, ttl: 63, id: 8 })),
    reset(1.0101, 1002),
  ]),
];
