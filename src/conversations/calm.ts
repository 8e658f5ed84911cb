import { Side, SideMeasure, State, Word } from './conversation-record.ts';
import type { ConversationView } from './view.ts';

/** Bits that a connection has which was opened, accepted and used. */
const ESTABLISHED = State.Syn | State.SynAck | State.ClientWentOn | State.ServerSpoke;
/** Bits that need a closer look. */
const UNUSUAL =
  State.Refused |
  State.Rejected |
  State.AnsweredByOther |
  State.ClientReset |
  State.ServerReset |
  State.AcceptedAfterReset |
  State.ChallengedSyn;

/**
 * Whether a TCP connection went as it should: opened with one SYN that was accepted, nothing sent again, no reset, no
 * closed or full window, no keep-alive without an answer. Such are most connections, and few judges want to see them.
 */
export function isCalm(view: ConversationView): boolean {
  const state = view.word(Word.State);
  return (
    (state & (ESTABLISHED | UNUSUAL)) === ESTABLISHED &&
    view.word(Word.SynCount) === 1 &&
    view.word(Word.SynAckCount) === 1 &&
    view.word(Word.ResetFrame) === 0 &&
    isSideCalm(view, 0) &&
    isSideCalm(view, 1)
  );
}

function isSideCalm(view: ConversationView, side: number): boolean {
  return (
    view.side(side, Side.Retransmissions) === 0 &&
    view.side(side, Side.FastRetransmissions) === 0 &&
    view.side(side, Side.MostRepeats) === 0 &&
    view.side(side, Side.MostKeepAlives) === 0 &&
    view.side(side, Side.ZeroWindows) === 0 &&
    view.sideNumber(side, SideMeasure.WindowFullNs) === 0
  );
}
