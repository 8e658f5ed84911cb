import { Measure, Side, SideMeasure } from './conversation-record.ts';
import { type GroupCounts, Sum } from './group-counts.ts';
import { NO_TALLY, noteExample, Tally } from './samples.ts';
import { stallOf } from './stalls.ts';
import type { ConversationView } from './view.ts';

/** The TCP segments of one direction, all conversations of a group together. */
export class SegmentTotals {
  /** Segments with new data. */
  data = 0;
  retransmissions = 0;
  fastRetransmissions = 0;
  spurious = 0;
  outOfOrder = 0;
  lossy: Tally = NO_TALLY;
}

/**
 * Adds a conversation's segments and times to its group; data that got stuck is another symptom than loss.
 * `handshakeNs`: NaN if it does not count.
 */
export function foldSegments(view: ConversationView, counts: GroupCounts, handshakeNs: number): void {
  const { place } = view;
  counts.raise(place, Sum.ClientNs, view.number(Measure.ClientNs));
  // The side that is nearer to the capture answers at once: the other one is the way.
  const roundTripNs = Math.max(view.sideNumber(0, SideMeasure.RttNs), view.sideNumber(1, SideMeasure.RttNs));
  const serverNs = view.number(Measure.ServerNs);
  counts.addDurations(place, handshakeNs, roundTripNs || Number.NaN, serverNs || Number.NaN);
  for (let side = 0; side < 2; side++) {
    counts.add(place, Sum.Data + side, view.side(side, Side.Advances));
    counts.add(place, Sum.OutOfOrder + side, view.side(side, Side.OutOfOrder));
    counts.add(place, Sum.Spurious + side, view.side(side, Side.Spurious));
    const sentAgain = view.side(side, Side.Retransmissions) + view.side(side, Side.FastRetransmissions);
    if (sentAgain === 0 || stallOf(view, side) !== 'none') continue;
    const { group } = view;
    const totals = group.segments[side as 0 | 1];
    totals.retransmissions += view.side(side, Side.Retransmissions);
    totals.fastRetransmissions += view.side(side, Side.FastRetransmissions);
    if (totals.lossy === NO_TALLY) totals.lossy = new Tally();
    noteExample(totals.lossy, group.clientPort);
    totals.lossy.add(
      view.firstNs,
      view.lastNs,
      view.side(side, Side.FirstRetransmissionFrame),
      view.side(side, Side.LastRetransmissionFrame),
    );
  }
}
