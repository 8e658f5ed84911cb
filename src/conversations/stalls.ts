import { Side, SideMeasure } from './conversation-record.ts';
import type { ConversationView } from './view.ts';

/** Sent four times in all without progress: three doublings of the retransmission time-out. */
const STALLED_REPEATS = 3;
/** A segment this near to the maximum is a full one; options take up to 40 bytes of it (RFC 6691). */
const FULL_SEGMENT_SLACK = 60;
/** Below this a segment is no large one, whatever was negotiated. */
const LARGE_SEGMENT_BYTES = 500;

/**
 * How the data of one side got stuck:
 * - `black-hole`: full segments never arrive while smaller ones do; the path does not carry that size.
 * - `stalled`: the same data again and again, whatever its size.
 */
export type Stall = 'none' | 'black-hole' | 'stalled';

/** Whether a side's data got stuck. A closed window is no stall: that is the receiver's doing. */
export function stallOf(conversation: ConversationView, side: number): Stall {
  if (conversation.side(side, Side.MostRepeats) < STALLED_REPEATS) return 'none';
  const peerWindowClosed = conversation.sideNumber(1 - side, SideMeasure.ZeroSinceNs) !== 0;
  if (peerWindowClosed) return 'none';
  const length = conversation.side(side, Side.RepeatLength);
  const passed = conversation.side(side, Side.LargestAcked);
  const { mss } = conversation;
  const isFull =
    mss === 0
      ? length >= LARGE_SEGMENT_BYTES
      : length >= Math.max(mss - FULL_SEGMENT_SLACK, LARGE_SEGMENT_BYTES);
  return isFull && passed > 0 && passed < length ? 'black-hole' : 'stalled';
}
