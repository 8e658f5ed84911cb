import type { ApplicationFollower } from '../applications/follower.ts';
import { addressText } from './address.ts';
import { connectionState } from './connection-state.ts';
import { Measure, Side, State, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';
import { endingOf } from './ending.ts';
import { noteExample } from './samples.ts';
import { foldSegments } from './segments.ts';
import { LONGEST_HANDSHAKE_NS } from './view.ts';
import type { ConversationJudge, ConversationView } from './view.ts';
import type { Group, GroupTable } from './groups.ts';

/** Different addresses that are kept of those that answered in a server's place. */
const MAX_OTHERS = 8;
/** A SYN that nobody answered is judged at this age if it was sent only once. */
const SINGLE_SYN_NS = 3e9;
/** A UDP request without a reply is judged at this age. */
const UDP_REQUEST_NS = 1.5e9;

/** Folds a conversation that is over, or that has to make room, into its group; undefined: it belongs to none. */
export function foldConversation(
  groups: GroupTable,
  table: ConversationTable,
  index: number,
  endNs: number,
  view: ConversationView,
  judges: readonly ConversationJudge[],
  follower: ApplicationFollower,
): Group | undefined {
  const at = table.base(index);
  const { words } = table.records;
  const state = words[at + Word.State] as number;
  if ((state & State.Shadow) !== 0) return undefined;
  const numberAt = table.numberBase(index);
  const firstNs = table.numbers[numberAt + Measure.First] as number;
  const lastNs = table.numbers[numberAt + Measure.Last] as number;
  const group = groups.of(table, index);
  group.conversations++;
  group.clientPort = (words[at + Word.Ports] as number) >>> 16;
  group.packets +=
    (words[at + Word.Direction0 + Side.Packets] as number) +
    (words[at + Word.Direction1 + Side.Packets] as number);
  group.packetsFromServer += words[at + Word.Direction1 + Side.Packets] as number;
  group.bytes += table.numbers[numberAt + Measure.Bytes] as number;
  if (firstNs < group.firstNs) group.firstNs = firstNs;
  if (lastNs > group.lastNs) group.lastNs = lastNs;
  if ((words[at + Word.ServerTtl] as number) !== 0) group.serverTtl = words[at + Word.ServerTtl] as number;
  if (group.protocol === 'UDP') foldUdp(group, words, at, state, firstNs, lastNs, endNs);
  else foldTcp(group, table, index, state, firstNs, lastNs, endNs);
  view.set(index, group, endNs);
  const place = words[at + Word.Application] as number;
  if (place > 0) {
    const name = follower.nameAt(place);
    group.applications.set(name, (group.applications.get(name) ?? 0) + 1);
    follower.end(place, endingOf(view));
  }
  if (group.protocol === 'TCP') foldSegments(view);
  for (const judge of judges) judge(view);
  return group;
}

function foldUdp(
  group: Group,
  words: Int32Array,
  at: number,
  state: number,
  firstNs: number,
  lastNs: number,
  endNs: number,
): void {
  if ((words[at + Word.Direction1 + Side.Packets] as number) > 0) group.answered++;
  else if ((state & State.Rejected) !== 0) foldRejected(group, words, at, firstNs, lastNs);
  else if (endNs - firstNs < UDP_REQUEST_NS) group.pending++;
  else {
    group.silent.add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
    noteExample(group.silent, group.clientPort);
  }
}

function foldTcp(
  group: Group,
  table: ConversationTable,
  index: number,
  state: number,
  firstNs: number,
  lastNs: number,
  endNs: number,
): void {
  const at = table.base(index);
  const { words } = table.records;
  const synCount = words[at + Word.SynCount] as number;
  const firstSynFrame = words[at + Word.FirstSynFrame] as number;
  foldCaptureLoss(group, words, at, state, firstNs, lastNs);
  const oneWay = isOneWay(words, at, state);
  if (oneWay) group.oneWay.add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
  const isYoung = synCount < 2 && endNs - firstNs < SINGLE_SYN_NS;
  const reached = connectionState(state, oneWay, isYoung);
  group.states[reached] = (group.states[reached] as number) + 1;
  group.histories.add(words, at);
  if ((state & State.Syn) === 0) {
    if ((state & State.SynAck) !== 0) group.answered++;
    else group.unjudged++;
  } else if ((state & (State.SynAck | State.ServerSpoke)) !== 0) {
    group.answered++;
    group.lastAnsweredNs = Math.max(group.lastAnsweredNs, firstNs);
    const handshakeNs = table.numbers[table.numberBase(index) + Measure.HandshakeNs] as number;
    if (synCount === 1 && handshakeNs <= LONGEST_HANDSHAKE_NS) group.handshakes.add(handshakeNs);
  } else if ((state & State.Refused) !== 0) {
    group.refusalTtl = words[at + Word.RefusalTtl] as number;
    group.refused.add(firstNs, lastNs, firstSynFrame, words[at + Word.AnswerFrame] as number);
    noteExample(group.refused, group.clientPort);
  } else if ((state & State.Rejected) !== 0) foldRejected(group, words, at, firstNs, lastNs);
  else if ((state & State.AnsweredByOther) !== 0) foldOther(group, words, at, firstNs, lastNs);
  else if (oneWay || (state & (State.ClientReset | State.ServerReset)) !== 0) group.unjudged++;
  else if (!isYoung) {
    noteExample(group.silent, group.clientPort);
    group.silent.add(
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
  noteExample(group.rejected, group.clientPort);
  group.rejected.add(
    firstNs,
    lastNs,
    words[at + Word.FirstFrame] as number,
    words[at + Word.AnswerFrame] as number,
  );
  const typeCode = words[at + Word.IcmpTypeCode] as number;
  const key = `${otherAddress(words, at)} ${typeCode >>> 16} ${typeCode & 0xffff}`;
  if (group.icmp.has(key) || group.icmp.size < MAX_OTHERS)
    group.icmp.set(key, (group.icmp.get(key) ?? 0) + 1);
}

function foldOther(group: Group, words: Int32Array, at: number, firstNs: number, lastNs: number): void {
  noteExample(group.answeredByOther, group.clientPort);
  group.answeredByOther.add(
    firstNs,
    lastNs,
    words[at + Word.FirstSynFrame] as number,
    words[at + Word.AnswerFrame] as number,
  );
  const address = otherAddress(words, at);
  const port = words[at + Word.OtherPort] as number;
  if (group.others.size < MAX_OTHERS)
    group.others.add(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
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

/** Data that the receiver acknowledged but the capture never showed: the capture lost it, not the network. */
function foldCaptureLoss(
  group: Group,
  words: Int32Array,
  at: number,
  state: number,
  firstNs: number,
  lastNs: number,
): void {
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
  if (unseen > 0) group.unseen.add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
}
