import type { Ending } from '../applications/application.ts';
import { Measure, Side, State, Word } from './conversation-record.ts';
import type { ConversationView } from './view.ts';

/** How a conversation ended, for the application that was followed in it. */
export function endingOf(view: ConversationView): Ending {
  const resetFrame = view.word(Word.ResetFrame);
  const isReset = resetFrame !== 0 && !view.has(State.ResetAfterFin);
  const clientFin = view.has(State.ClientFin);
  const { lastNs, endNs, roundTripNs } = view;
  // The acknowledgment of a FIN may be missing.
  const clientAcked =
    view.has(State.AckKnown1) && view.has(State.SeqKnown0) && beyond(view, 0) >= (clientFin ? -1 : 0);
  return {
    how: isReset
      ? view.has(State.ClientReset)
        ? 'reset-by-client'
        : 'reset-by-server'
      : clientFin || view.has(State.ServerFin)
        ? 'fin'
        : 'open',
    resetFrame,
    lastNs,
    endNs,
    closedNs: isReset ? view.number(Measure.ResetNs) : view.number(Measure.FinNs) || lastNs,
    clientFin: clientFin && !view.has(State.ServerFinFirst),
    serverFin: view.has(State.ServerFinFirst),
    lossless: isLossless(view),
    clientAcked,
    roundTripNs,
  };
}

function isLossless(view: ConversationView): boolean {
  if (!view.has(State.SeqKnown0) || !view.has(State.SeqKnown1) || view.has(State.Hole0 | State.Hole1))
    return false;
  return [0, 1].every(
    (side) => !view.has(side === 0 ? State.AckKnown1 : State.AckKnown0) || beyond(view, side) <= 0,
  );
}

/** Bytes that the other side acknowledged beyond those that were captured of this side; negative if some are in flight. */
function beyond(view: ConversationView, side: number): number {
  return (view.side(1 - side, Side.MaxAck) - view.side(side, Side.NextSeq)) | 0;
}
