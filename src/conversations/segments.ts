import { Measure, Side, SideMeasure } from './conversation-record.ts';
import { noteExample, Tally } from './samples.ts';
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
  readonly lossy: Tally = new Tally();
}

/** Adds a conversation's segments to its group; data that got stuck is another symptom than loss. */
export function foldSegments(view: ConversationView): void {
  const { group } = view;
  group.serverTimes.add(view.number(Measure.ServerNs) || Number.NaN);
  group.longestClientNs = Math.max(group.longestClientNs, view.number(Measure.ClientNs));
  // The side that is nearer to the capture answers at once: the other one is the way.
  const roundTripNs = Math.max(view.sideNumber(0, SideMeasure.RttNs), view.sideNumber(1, SideMeasure.RttNs));
  group.roundTrips.add(roundTripNs || Number.NaN);
  for (let side = 0; side < 2; side++) {
    const totals = group.segments[side as 0 | 1];
    totals.data += view.side(side, Side.Advances);
    totals.outOfOrder += view.side(side, Side.OutOfOrder);
    totals.spurious += view.side(side, Side.Spurious);
    const sentAgain = view.side(side, Side.Retransmissions) + view.side(side, Side.FastRetransmissions);
    if (sentAgain === 0 || stallOf(view, side) !== 'none') continue;
    totals.retransmissions += view.side(side, Side.Retransmissions);
    totals.fastRetransmissions += view.side(side, Side.FastRetransmissions);
    noteExample(totals.lossy, group.clientPort);
    totals.lossy.add(
      view.firstNs,
      view.lastNs,
      view.side(side, Side.FirstRetransmissionFrame),
      view.side(side, Side.LastRetransmissionFrame),
    );
  }
}
