import { CLIENT, SERVICE } from '../conversations/observe.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { from, story, to, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const back = { from: to, to: from };
/** Maximum segment size 1000, window scale 1. */
const options = Uint8Array.of(2, 4, 0x03, 0xe8, 1, 3, 3, 1);
const ROUND_TRIP_S = 0.1;
const SEGMENT = new Uint8Array(1000).fill(0x61);

/**
 * A client that sends `segments` in each of `rounds` round trips to a server with a window of 4000 bytes, and
 * pauses after each of them.
 */
function rounds(
  count: number,
  segments: number,
  { pauseS = 0, scaled = true, lost = false } = {},
): WrittenFrame[] {
  const tcpOptions = scaled ? options : options.subarray(0, 4);
  const window = scaled ? 2000 : 4000;
  const bytes = segments * SEGMENT.length;
  return [
    at(0, tcp({ ...way, flags: 'S', seq: 1000, tcpOptions, id: 1 })),
    at(ROUND_TRIP_S, tcp({ ...back, flags: 'SA', seq: 5000, ack: 1001, window, tcpOptions, id: 1 })),
    at(ROUND_TRIP_S, tcp({ ...way, flags: 'A', seq: 1001, ack: 5001, id: 2 })),
    ...Array.from({ length: count }, (_, round) => {
      const time = 0.2 + round * (ROUND_TRIP_S + pauseS);
      const data = (i: number, late = 0): WrittenFrame => {
        const seq = 1001 + round * bytes + i * SEGMENT.length;
        const id = 10 + round * 10 + i + late * 1000;
        return at(time + i * 1e-5 + late, tcp({ ...way, flags: 'A', seq, ack: 5001, id, payload: SEGMENT }));
      };
      const ack = 1001 + (round + 1) * bytes;
      return [
        ...Array.from({ length: segments }, (_unused, i) => data(i)),
        ...(lost && round === 1 ? [data(0, 0.05)] : []),
        at(time + ROUND_TRIP_S, tcp({ ...back, flags: 'A', seq: 5001, ack, window, id: 10 + round })),
      ];
    }).flat(),
  ];
}

/** What the detector of small receive windows says, and does not say. */
export const windowStories: readonly Story[] = [
  story('tcp-window-limited', 'a window for each round trip', rounds(10, 4), {
    severity: 'info',
    confidence: 'medium',
    client: CLIENT,
    server: `${SERVICE}:80`,
    count: 1,
    frames: [8],
    text: "in 1 connection the client waited up to 1 s (83 % of the time) with the receiver's window full; the round trip is 100 ms",
  }),
  story('tcp-window-limited', 'a window that is not scaled', rounds(10, 4, { scaled: false }), { count: 1 }),
  story('tcp-window-limited', 'room for one more segment', rounds(10, 3)),
  story('tcp-window-limited', 'a program that pauses for most of the time', rounds(10, 4, { pauseS: 1 })),
  story('tcp-window-limited', 'a short connection', rounds(2, 4)),
  story('tcp-window-limited', 'something is sent again', rounds(10, 4, { lost: true })),
];
