import { CLIENT, handshake, SERVICE, syns, untilSecond } from '../conversations/observe.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const from = `${CLIENT}:40000`;
const to = `${SERVICE}:80`;
/** Maximum segment size 1460, window scale 7. */
const options = Uint8Array.of(2, 4, 0x05, 0xb4, 1, 3, 3, 7);
let identification = 1000;

interface Data {
  readonly seq: number;
  readonly ack?: number;
  readonly length?: number;
  readonly flags?: string;
  readonly window?: number;
}

/** A segment of the client, or of the server; each with an IP identification of its own. */
function segment(time: number, fromServer: boolean, data: Data): WrittenFrame {
  const ends = fromServer ? { from: to, to: from } : { from, to };
  const {
    seq,
    ack = fromServer ? 1001 : 5001,
    length = 0,
    flags = length > 0 ? 'PA' : 'A',
    window = 500,
  } = data;
  identification++;
  return at(
    time,
    tcp({ ...ends, flags, seq, ack, window, id: identification, payload: new Uint8Array(length).fill(0x61) }),
  );
}

const client = (time: number, data: Data): WrittenFrame => segment(time, false, data);
const server = (time: number, data: Data): WrittenFrame => segment(time, true, data);

/** SYN, SYN-ACK with options, ACK; from then on the client sends from 1001, the server from 5001. */
const connected: readonly WrittenFrame[] = [
  at(0, tcp({ from, to, flags: 'S', seq: 1000, tcpOptions: options, id: 1 })),
  at(0.001, tcp({ from: to, to: from, flags: 'SA', seq: 5000, ack: 1001, tcpOptions: options, id: 2 })),
  client(0.002, { seq: 1001 }),
];

/** `count` segments of 1000 bytes of the client, each acknowledged, from `seq` and `time` on. */
function flow(time: number, seq: number, count: number): WrittenFrame[] {
  return Array.from({ length: count }, (_, i) => [
    client(time + i * 0.01, { seq: seq + i * 1000, length: 1000 }),
    server(time + i * 0.01 + 0.001, { seq: 5001, ack: seq + (i + 1) * 1000 }),
  ]).flat();
}

/** The server has everything up to `ack`, and says that it got the last `length` bytes of it twice (RFC 2883). */
function duplicateSack(time: number, ack: number, length: number): WrittenFrame {
  const block = new DataView(new ArrayBuffer(8));
  block.setUint32(0, ack - length);
  block.setUint32(4, ack);
  const stamps = Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0);
  const tcpOptions = Uint8Array.of(...stamps, 1, 1, 5, 10, ...new Uint8Array(block.buffer));
  identification++;
  return at(
    time,
    tcp({ from: to, to: from, flags: 'A', seq: 5001, ack, window: 500, id: identification, tcpOptions }),
  );
}

/** The same segment at each of the times. */
const again = (times: readonly number[], seq: number, length: number): WrittenFrame[] =>
  times.map((time) => client(time, { seq, length }));

/** Segments of the client of which `lost` get lost and are sent again 250 ms later, before the next one. */
function lossy(count: number, lost: number): WrittenFrame[] {
  return Array.from({ length: count }, (_, i) => {
    const time = 1 + i;
    const seq = 1001 + i * 1000;
    return [
      client(time, { seq, length: 1000 }),
      ...(i < lost ? [client(time + 0.25, { seq, length: 1000 })] : []),
      server(time + 0.3, { seq: 5001, ack: seq + 1000 }),
    ];
  }).flat();
}

/** What the detectors of established connections say and do not say. */
export const tcpStories: readonly Story[] = [
  story('tcp-loss', '4 of 44 segments sent again', [...connected, ...lossy(40, 4)], {
    severity: 'error',
    count: 4,
    client: CLIENT,
    server: to,
  }),
  story('tcp-loss', '4 of 204', [...connected, ...lossy(200, 4)], { severity: 'warning', count: 4 }),
  story('tcp-loss', 'two retransmissions', [...connected, ...lossy(10, 2)]),
  story('tcp-loss', 'what was sent again had arrived', [
    ...connected,
    ...Array.from({ length: 5 }, (_, i) => [
      ...again([1 + i, 1.01 + i], 1001 + i * 100, 100),
      duplicateSack(1.05 + i, 1101 + i * 100, 100),
    ]).flat(),
  ]),
  story(
    'tcp-loss',
    'keep-alives that are answered by D-SACK do not make up for losses',
    [
      ...connected,
      ...lossy(20, 4),
      ...[10, 20, 30, 40].flatMap((time) => [
        client(time, { seq: 21_000 }),
        duplicateSack(time + 0.01, 21_001, 1),
      ]),
    ],
    { count: 4 },
  ),
  story('tcp-loss', 'records in the wrong order', [
    ...connected,
    ...[3, 1, 2, 6, 4, 5, 9, 7, 8].map((i) => client(1 + i / 1000, { seq: 1001 + i * 1000, length: 1000 })),
    server(2, { seq: 5001, ack: 11_001 }),
  ]),
  story('tcp-loss', 'answered keep-alives', [
    ...connected,
    ...flow(1, 1001, 5),
    ...[10, 20, 30, 40].flatMap((time) => [
      client(time, { seq: 6000 }),
      server(time + 0.001, { seq: 5001, ack: 6001 }),
    ]),
  ]),
  story('tcp-loss', 'data that got stuck is another finding', [
    ...connected,
    ...flow(1, 1001, 1),
    ...again([2, 2.2, 2.6, 3.4, 5], 2001, 100),
  ]),

  story(
    'tcp-stalled',
    'the peer is gone',
    [...connected, ...flow(1, 1001, 2), ...again([2, 2.2, 2.6, 3.4, 5], 3001, 100)],
    {
      severity: 'error',
      count: 1,
      text: 'in 1 connection data of the client was sent up to 5 times in 2.8 s and never acknowledged',
    },
  ),
  story('tcp-stalled', 'acknowledged at last after two repetitions', [
    ...connected,
    ...again([2, 2.2, 2.6], 1001, 100),
    server(2.7, { seq: 5001, ack: 1101 }),
  ]),
  story('tcp-stalled', 'a closed window', [
    ...connected,
    ...flow(1, 1001, 2),
    server(2, { seq: 5001, ack: 3001, window: 0 }),
    ...again([2.2, 2.6, 3.4, 5, 8], 3001, 100),
  ]),

  story(
    'path-mtu-black-hole',
    'small ones pass, full ones do not',
    [
      ...connected,
      client(1, { seq: 1001, length: 200 }),
      server(1.001, { seq: 5001, ack: 1201 }),
      client(2, { seq: 1201, length: 7240 }),
      ...again([2.2, 2.6, 3.4, 5], 1201, 1448),
    ],
    {
      severity: 'error',
      count: 1,
      text: 'in 1 connection segments of 1448 bytes of the client never arrive, 200 bytes do; the hosts agreed on 1460',
    },
  ),
  story('path-mtu-black-hole', 'full ones passed before', [
    ...connected,
    client(1, { seq: 1001, length: 1448 }),
    server(1.001, { seq: 5001, ack: 2449 }),
    ...again([2, 2.2, 2.6, 3.4, 5], 2449, 1448),
  ]),
  story('path-mtu-black-hole', 'small ones are stuck', [
    ...connected,
    ...flow(1, 1001, 1),
    ...again([2, 2.2, 2.6, 3.4, 5], 2001, 100),
  ]),

  story(
    'tcp-zero-window',
    'closed until the end',
    [...connected, ...flow(1, 1001, 2), server(2, { seq: 5001, ack: 3001, window: 0 }), ...untilSecond(8)],
    {
      severity: 'error',
      count: 1,
      text: 'in 1 connection the server did not read for 6 s: its receive window was closed until the end',
    },
  ),
  story(
    'tcp-zero-window',
    'closed for two seconds',
    [
      ...connected,
      ...flow(1, 1001, 2),
      server(2, { seq: 5001, ack: 3001, window: 0 }),
      server(4, { seq: 5001, ack: 3001, window: 500 }),
      ...untilSecond(8),
    ],
    { severity: 'warning', count: 1 },
  ),
  story('tcp-zero-window', 'closed for a moment', [
    ...connected,
    ...flow(1, 1001, 2),
    server(2, { seq: 5001, ack: 3001, window: 0 }),
    server(2.1, { seq: 5001, ack: 3001, window: 500 }),
    ...untilSecond(8),
  ]),

  story(
    'tcp-reset-midstream',
    'the server resets instead of answering',
    [...connected, client(1, { seq: 1001, length: 100 }), server(1.5, { seq: 5001, ack: 1101, flags: 'RA' })],
    {
      severity: 'error',
      count: 1,
      frames: [4, 5],
      text: '1 of 1 connection was reset by the server while a request was not answered',
    },
  ),
  story('tcp-reset-midstream', 'a reset after the answer', [
    ...connected,
    client(1, { seq: 1001, length: 100 }),
    server(1.1, { seq: 5001, ack: 1101, length: 50 }),
    server(1.5, { seq: 5051, ack: 1101, flags: 'RA' }),
  ]),
  story('tcp-reset-midstream', 'a reset after FIN', [
    ...connected,
    client(1, { seq: 1001, length: 100 }),
    client(1.1, { seq: 1101, flags: 'FA' }),
    server(1.5, { seq: 5001, ack: 1102, flags: 'RA' }),
  ]),
  story('tcp-reset-midstream', 'the client resets', [
    ...connected,
    client(1, { seq: 1001, length: 100 }),
    client(1.5, { seq: 1101, flags: 'RA' }),
  ]),

  story(
    'tcp-reset-after-idle',
    'six minutes of silence',
    [
      ...connected,
      ...flow(1, 1001, 1),
      client(400, { seq: 2001, length: 100 }),
      server(400.05, { seq: 5001, flags: 'R' }),
    ],
    {
      severity: 'error',
      count: 1,
      text: '…was reset at the first data after 399 s of silence; after 350 s AWS network load balancers forget it',
      details: { by: 'server', longestMs: 398_999 },
    },
  ),
  story('tcp-reset-after-idle', 'answered keep-alives in between', [
    ...connected,
    ...flow(1, 1001, 1),
    ...Array.from({ length: 20 }, (_, i) => [
      client(20 * (i + 1), { seq: 2000 }),
      server(20 * (i + 1) + 0.01, { seq: 5001, ack: 2001 }),
    ]).flat(),
    client(410, { seq: 2001, length: 100 }),
    server(410.05, { seq: 5001, flags: 'R' }),
  ]),

  story(
    'tcp-dead-peer',
    'four keep-alives',
    [...connected, ...flow(1, 1001, 1), ...[10, 20, 30, 40].map((time) => client(time, { seq: 2000 }))],
    {
      severity: 'warning',
      count: 1,
      text: 'in 1 connection 4 keep-alives in a row of the client were not answered',
    },
  ),
  story('tcp-dead-peer', 'probes of a closed window', [
    ...connected,
    ...flow(1, 1001, 1),
    server(2, { seq: 5001, ack: 2001, window: 0 }),
    ...[3, 4, 6, 10].map((time) => client(time, { seq: 2000 })),
  ]),

  story(
    'tcp-reordering',
    'every fifth segment is overtaken',
    [
      ...connected,
      ...Array.from({ length: 60 }, (_, i) => {
        const time = 1 + i * 0.01;
        const seq = 1001 + i * 2000;
        return [client(time, { seq: seq + 1000, length: 1000 }), client(time + 0.001, { seq, length: 1000 })];
      }).flat(),
    ],
    { severity: 'info', client: CLIENT },
  ),
  story('tcp-reordering', 'all in order', [...connected, ...flow(1, 1001, 60)]),

  story(
    'tcp-slow-connect',
    'the second SYN is answered',
    [
      at(0, tcp({ from, to, flags: 'S', seq: 1000, id: 10 })),
      at(1.02, tcp({ from, to, flags: 'S', seq: 1000, id: 11 })),
      at(1.03, tcp({ from: to, to: from, flags: 'SA', seq: 5000, ack: 1001, id: 12 })),
      client(1.04, { seq: 1001 }),
    ],
    {
      severity: 'warning',
      count: 1,
      frames: [1, 2, 3],
      text: '1 of 1 connection came about only after 1 more SYN, up to 1 s late',
    },
  ),
  story('tcp-slow-connect', 'the first SYN is answered late', [
    at(0, tcp({ from, to, flags: 'S', seq: 1000, id: 10 })),
    at(0.9, tcp({ from: to, to: from, flags: 'SA', seq: 5000, ack: 1001, id: 12 })),
    client(0.91, { seq: 1001 }),
  ]),

  story(
    'hairpin-failed',
    'the own SYN comes back',
    syns([0, 1, 3], { from: `${CLIENT}:40000`, to: `${CLIENT}:8080` }),
    { severity: 'warning', client: CLIENT, server: `${CLIENT}:8080`, count: 1 },
  ),
  story('hairpin-failed', 'another pod is silent', syns([0, 1, 3], { from, to })),
  story('tcp-syn-no-answer', 'the own SYN came back', syns([0, 1, 3], { from, to: `${CLIENT}:8080` })),

  story(
    'tcp-syn-ack-no-answer',
    'three SYN-ACKs',
    [
      at(0, tcp({ from, to, flags: 'S', seq: 1000, id: 10 })),
      ...[0.001, 1, 3].map((time, i) =>
        at(time, tcp({ from: to, to: from, flags: 'SA', seq: 5000, ack: 1001, id: 20 + i })),
      ),
    ],
    { severity: 'error', count: 1, frames: [1, 2, 3] },
  ),
  story('tcp-syn-ack-no-answer', 'acknowledged after the second', [
    at(0, tcp({ from, to, flags: 'S', seq: 1000, id: 10 })),
    ...[0.001, 1].map((time, i) =>
      at(time, tcp({ from: to, to: from, flags: 'SA', seq: 5000, ack: 1001, id: 20 + i })),
    ),
    client(1.01, { seq: 1001 }),
  ]),

  story(
    'latency-split',
    'the server takes its time',
    [
      ...connected,
      client(1, { seq: 1001, length: 100 }),
      server(1.001, { seq: 5001, ack: 1101 }),
      server(3.9, { seq: 5001, ack: 1101, length: 50 }),
    ],
    {
      severity: 'info',
      count: 1,
      frames: [4, 6],
      text: 'the server took up to 2.9 s to answer; the round trip to it takes 1 ms (1 connection)',
    },
  ),
  story('latency-split', 'a quick answer', [
    ...connected,
    client(1, { seq: 1001, length: 100 }),
    server(1.2, { seq: 5001, ack: 1101, length: 50 }),
  ]),
  story('latency-split', 'the client takes its time', [
    ...handshake(0, { from, to }),
    client(9, { seq: 1001, length: 100 }),
    server(9.1, { seq: 5001, ack: 1101, length: 50 }),
  ]),
];
