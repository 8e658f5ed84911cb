import { handshake } from '../conversations/observe.ts';
import { at } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { acknowledgedButUnseen, from, healthy, port, story, to, way, type Story } from './story-builder.ts';

/** Captures that miss something, and such as only seem to. */
export const incompleteStories: readonly Story[] = [
  story(
    'capture-incomplete',
    'many dropped packets',
    healthy,
    {
      severity: 'warning',
      count: 8,
      text: 'the kernel dropped 8 packets (50.0 %) before they were captured',
    },
    { dropped: 8 },
  ),
  story(
    'capture-incomplete',
    'few dropped packets',
    Array.from({ length: 200 }, (_, i) => handshake(i, port(i))).flat(),
    { severity: 'info', count: 1 },
    { dropped: 1 },
  ),
  story('capture-incomplete', 'none dropped', healthy, undefined, { dropped: 0 }),
  story('capture-incomplete', 'data acknowledged but never seen', acknowledgedButUnseen, {
    severity: 'warning',
    count: 1,
    text: 'in 1 conversation data was acknowledged that the capture never saw: the capture lost it, not the network',
  }),
  // The server's keep-alive repeats number 5000; it had sent up to 5001 before the capture began.
  ...[
    { name: 'a keep-alive is the first that is seen of an open connection', ack: 5001 },
    { name: 'more is acknowledged in an open connection than a keep-alive repeats', ack: 5201 },
  ].map(({ name, ack }) =>
    story(
      'capture-incomplete',
      name,
      [
        at(0, tcp({ from: to, to: from, flags: 'A', seq: 5000, ack: 1001 })),
        at(0.001, tcp({ ...way, flags: 'A', seq: 1001, ack })),
      ],
      ack === 5001 ? undefined : { severity: 'warning', count: 1 },
    ),
  ),
  story(
    'capture-incomplete',
    'a stream that broke',
    healthy,
    { severity: 'warning', text: 'the stream was cut' },
    { problems: ['the stream was cut'] },
  ),
];
