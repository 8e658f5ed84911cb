import type { ApplicationFollower } from '../applications/follower.ts';
import { addressText } from './address.ts';
import { isCalm } from './calm.ts';
import { connectionState } from './connection-state.ts';
import { Measure, Side, State, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';
import { endingOf } from './ending.ts';
import { noteExample } from './samples.ts';
import { foldSegments } from './segments.ts';
import { LONGEST_HANDSHAKE_NS } from './view.ts';
import type { ConversationJudges, ConversationView } from './view.ts';
import { type GroupCounts, Sum } from './group-counts.ts';
import type { Group, GroupTable } from './groups.ts';

/** Different addresses that are kept of those that answered in a server's place. */
const MAX_OTHERS = 8;
/** A SYN that nobody answered is judged at this age if it was sent only once. */
const SINGLE_SYN_NS = 3e9;
/** A UDP request without a reply is judged at this age. */
const UDP_REQUEST_NS = 1.5e9;

/**
 * Folds a conversation that is over, or that has to make room, into its group, whose place it returns; -1: it belongs to
 * none.
 */
export function foldConversation(
  groups: GroupTable,
  table: ConversationTable,
  index: number,
  endNs: number,
  view: ConversationView,
  judges: ConversationJudges,
  follower: ApplicationFollower,
): number {
  const at = table.base(index);
  const { words } = table.records;
  if (((words[at + Word.State] as number) & State.Shadow) !== 0) return -1;
  const { counts } = groups;
  const place = groups.placeOf(table, index);
  view.set(index, place, endNs);
  const fromServer = words[at + Word.Direction1 + Side.Packets] as number;
  const packets = (words[at + Word.Direction0 + Side.Packets] as number) + fromServer;
  counts.add(place, Sum.Conversations, 1);
  counts.addPackets(place, packets, fromServer, view.number(Measure.Bytes), view.firstNs, view.lastNs);
  const ttl = words[at + Word.ServerTtl] as number;
  if (ttl !== 0) counts.noteServerTtl(place, ttl);
  const { isTcp } = view;
  const handshakeNs = isTcp ? foldTcp(view, counts, words, at) : foldUdp(view, counts, words, at);
  const application = words[at + Word.Application] as number;
  if (application > 0) endApplication(view, application, follower);
  if (isTcp) foldSegments(view, counts, handshakeNs);
  const wanted = isTcp && isCalm(view) ? judges.ofCalm : judges.all;
  for (const judge of wanted) judge(view);
  return place;
}

function endApplication(view: ConversationView, application: number, follower: ApplicationFollower): void {
  view.group.count('applications', follower.nameAt(application), Infinity);
  follower.end(application, endingOf(view));
}

function foldUdp(view: ConversationView, counts: GroupCounts, words: Int32Array, at: number): number {
  const { place, firstNs, lastNs, endNs } = view;
  if ((words[at + Word.Direction1 + Side.Packets] as number) > 0) counts.add(place, Sum.Answered, 1);
  else if (view.has(State.Rejected)) foldRejected(view.group, words, at, firstNs, lastNs);
  else if (endNs - firstNs < UDP_REQUEST_NS) view.group.pending++;
  else {
    const { group } = view;
    const silent = group.tally('silent');
    silent.add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
    noteExample(silent, group.clientPort);
  }
  return Number.NaN;
}

/** Returns how long the handshake took, NaN if that does not count. */
function foldTcp(view: ConversationView, counts: GroupCounts, words: Int32Array, at: number): number {
  const { place, firstNs, lastNs, endNs } = view;
  const state = words[at + Word.State] as number;
  const synCount = words[at + Word.SynCount] as number;
  if (isUnseen(words, at, state))
    view.group.tally('unseen').add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
  const oneWay = isOneWay(words, at, state);
  if (oneWay) view.group.tally('oneWay').add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
  const isYoung = synCount < 2 && endNs - firstNs < SINGLE_SYN_NS;
  counts.addState(place, connectionState(state, oneWay, isYoung));
  counts.addHistory(place, words, at + Word.History);
  if ((state & State.Syn) === 0) {
    if ((state & State.SynAck) !== 0) counts.add(place, Sum.Answered, 1);
    else view.group.unjudged++;
  } else if ((state & (State.SynAck | State.ServerSpoke)) !== 0) {
    counts.add(place, Sum.Answered, 1);
    counts.raise(place, Sum.LastAnsweredNs, firstNs);
    const handshakeNs = view.number(Measure.HandshakeNs);
    if (synCount === 1 && handshakeNs <= LONGEST_HANDSHAKE_NS) return handshakeNs;
  } else foldUnanswered(view.group, words, at, state, view, oneWay, isYoung);
  return Number.NaN;
}

function foldUnanswered(
  group: Group,
  words: Int32Array,
  at: number,
  state: number,
  { firstNs, lastNs }: ConversationView,
  oneWay: boolean,
  isYoung: boolean,
): void {
  const synCount = words[at + Word.SynCount] as number;
  const firstSynFrame = words[at + Word.FirstSynFrame] as number;
  if ((state & State.Refused) !== 0) {
    group.refusalTtl = words[at + Word.RefusalTtl] as number;
    const refused = group.tally('refused');
    refused.add(firstNs, lastNs, firstSynFrame, words[at + Word.AnswerFrame] as number);
    noteExample(refused, group.clientPort);
  } else if ((state & State.Rejected) !== 0) foldRejected(group, words, at, firstNs, lastNs);
  else if ((state & State.AnsweredByOther) !== 0) foldOther(group, words, at, firstNs, lastNs);
  else if (oneWay || (state & (State.ClientReset | State.ServerReset)) !== 0) group.unjudged++;
  else if (!isYoung) {
    const silent = group.tally('silent');
    noteExample(silent, group.clientPort);
    silent.add(
      firstNs,
      lastNs,
      firstSynFrame,
      words[at + Word.SecondSynFrame] as number,
      words[at + Word.LastSynFrame] as number,
    );
    group.silentSyns += synCount;
    if (synCount === 1) group.silentSingles++;
  } else group.pending++;
}

function otherAddress(words: Int32Array, at: number): string {
  const version = (words[at + Word.Meta] as number) & 0xff;
  const word = (i: number): number => words[at + Word.Other + i] as number;
  return addressText(version, word(0), word(1), word(2), word(3));
}

function foldRejected(group: Group, words: Int32Array, at: number, firstNs: number, lastNs: number): void {
  const rejected = group.tally('rejected');
  noteExample(rejected, group.clientPort);
  rejected.add(
    firstNs,
    lastNs,
    words[at + Word.FirstFrame] as number,
    words[at + Word.AnswerFrame] as number,
  );
  const typeCode = words[at + Word.IcmpTypeCode] as number;
  const key = `${otherAddress(words, at)} ${typeCode >>> 16} ${typeCode & 0xffff}`;
  group.count('icmp', key, MAX_OTHERS);
}

function foldOther(group: Group, words: Int32Array, at: number, firstNs: number, lastNs: number): void {
  const other = group.tally('answeredByOther');
  noteExample(other, group.clientPort);
  other.add(
    firstNs,
    lastNs,
    words[at + Word.FirstSynFrame] as number,
    words[at + Word.AnswerFrame] as number,
  );
  const address = otherAddress(words, at);
  const port = words[at + Word.OtherPort] as number;
  group.noteOther(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`, MAX_OTHERS);
}

/**
 * One direction is missing, wholly or where it matters: the client went on after its SYN and no SYN-ACK was
 * captured, or one side sent data for long and nothing came back.
 */
function isOneWay(words: Int32Array, at: number, state: number): boolean {
  const fromClient = words[at + Word.Direction0 + Side.Packets] as number;
  const fromServer = words[at + Word.Direction1 + Side.Packets] as number;
  if ((state & State.Syn) !== 0) return (state & State.ClientWentOn) !== 0 && (state & State.SynAck) === 0;
  if (fromClient > 0 && fromServer > 0) return false;
  const advances =
    (words[at + Word.Direction0 + Side.Advances] as number) +
    (words[at + Word.Direction1 + Side.Advances] as number);
  return advances >= 3;
}

/** Whether the receiver acknowledged data that the capture never showed: the capture lost it, not the network. */
function isUnseen(words: Int32Array, at: number, state: number): boolean {
  let unseen = 0;
  // Keep-alives and probes of a closed window repeat the last number; where nothing was seen before them, it is not missing.
  const least = (state & (State.Syn | State.SynAck)) === 0 ? 1 : 0;
  for (let side = 0; side < 2; side++) {
    const own = at + (side === 0 ? Word.Direction0 : Word.Direction1);
    const peer = at + (side === 0 ? Word.Direction1 : Word.Direction0);
    unseen += words[own + Side.Unseen] as number;
    const ackKnown = (state & (side === 0 ? State.AckKnown1 : State.AckKnown0)) !== 0;
    const seqKnown = (state & (side === 0 ? State.SeqKnown0 : State.SeqKnown1)) !== 0;
    if (!ackKnown || !seqKnown) continue;
    const maxAck = words[peer + Side.MaxAck] as number;
    const hole = (state & (side === 0 ? State.Hole0 : State.Hole1)) !== 0;
    const holeEnd = words[own + Side.HoleEnd] as number;
    if (hole && ((maxAck - holeEnd) | 0) >= 0)
      unseen += ((holeEnd - (words[own + Side.HoleStart] as number)) | 0) > least ? 1 : 0;
    else if (((maxAck - (words[own + Side.NextSeq] as number)) | 0) > least) unseen++;
  }
  return unseen > 0;
}
