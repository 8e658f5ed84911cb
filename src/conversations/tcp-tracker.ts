import { TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { Measure, Side, State, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';
import { noteFlipped, notePacket } from './history.ts';
import type { OpenAttempts } from './open-attempts.ts';
import { isDestination } from './packet-ends.ts';
import { trackSequence } from './tcp-sequence.ts';

/** A reset later than this after the last SYN is not its answer. */
const REFUSAL_NS = 2e9;
/** Ports below are assigned to services (RFC 6335 §6), which tells the server in a capture that starts in the middle. */
const FIRST_DYNAMIC_PORT = 32768;

/**
 * Follows one TCP packet in its conversation: who dialled, what answered, which bytes were seen.
 * `index` is the conversation that {@link ConversationTable.find} gave, -1 if there is none; `fold` is
 * called when a port pair is used again for a new connection. Returns the conversation's index.
 */
export function trackTcp(
  table: ConversationTable,
  attempts: OpenAttempts,
  packet: Packet,
  timeNs: number,
  found: number,
  fold: (index: number) => void,
): number {
  const flags = packet.tcpFlags;
  const isSyn = (flags & (TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Rst)) === TcpFlag.Syn;
  let index = found;
  if (index < 0) {
    index = openConversation(table, attempts, packet, timeNs, isSyn);
    if (table.fromServer) noteFlipped(table.records.words, table.base(index));
  } else if (isSyn && isNewConnection(table, index, packet)) {
    fold(index);
    table.begin(index, packet, timeNs, false);
  }
  const at = table.base(index);
  const { words } = table.records;
  notePacket(words, at, packet, table.fromServer);
  if (isSyn && !table.fromServer) {
    noteSyn(table, words, at, index, packet, timeNs);
    attempts.note(packet, index);
  } else if (table.fromServer) noteFromServer(table, words, at, index, packet, timeNs);
  else noteFromClient(words, at, packet);
  if ((packet.tcpFlags & TcpFlag.Fin) !== 0) noteFin(table, index, timeNs);
  trackSequence(table, index, packet, timeNs, table.fromServer);
  return index;
}

function noteFin(table: ConversationTable, index: number, timeNs: number): void {
  const at = table.numberBase(index) + Measure.FinNs;
  if (table.numbers[at] === 0) table.numbers[at] = timeNs;
}

function openConversation(
  table: ConversationTable,
  attempts: OpenAttempts,
  packet: Packet,
  timeNs: number,
  isSyn: boolean,
): number {
  if (isSyn) return table.open(packet, timeNs, false);
  const isSynAck = (packet.tcpFlags & (TcpFlag.Syn | TcpFlag.Ack)) === (TcpFlag.Syn | TcpFlag.Ack);
  if (!isSynAck)
    return table.open(packet, timeNs, packet.srcPort < packet.dstPort && packet.srcPort < FIRST_DYNAMIC_PORT);
  const dialled = dialledAttempt(table, attempts, packet);
  if (dialled >= 0) noteOtherAnswer(table, dialled, packet);
  const index = table.open(packet, timeNs, true);
  if (dialled >= 0) table.records.words[table.base(index) + Word.State] = State.Shadow;
  return index;
}

/** A SYN opens a new connection unless it repeats the one that opened this conversation. */
function isNewConnection(table: ConversationTable, index: number, packet: Packet): boolean {
  const { words } = table.records;
  const at = table.base(index);
  const state = words[at + Word.State] as number;
  if ((state & State.Syn) === 0) {
    // A SYN that the file holds behind its own SYN-ACK opens nothing new.
    const acknowledged = (words[at + Word.Direction1 + Side.MaxAck] as number) === ((packet.seq + 1) | 0);
    return table.fromServer || (state & State.SynAck) === 0 || !acknowledged;
  }
  if (table.fromServer)
    return (state & (State.ClientReset | State.ServerReset | State.ClientFin | State.ServerFin)) !== 0;
  return words[at + Word.ClientIsn] !== packet.seq;
}

function noteSyn(
  table: ConversationTable,
  words: Int32Array,
  at: number,
  index: number,
  packet: Packet,
  timeNs: number,
): void {
  const count = (words[at + Word.SynCount] as number) + 1;
  words[at + Word.SynCount] = count;
  if (count === 1) {
    words[at + Word.ClientIsn] = packet.seq;
    words[at + Word.FirstSynFrame] = packet.frameNumber;
  } else if (count === 2) words[at + Word.SecondSynFrame] = packet.frameNumber;
  else words[at + Word.LastSynFrame] = packet.frameNumber;
  words[at + Word.State] = (words[at + Word.State] as number) | State.Syn;
  table.numbers[table.numberBase(index) + Measure.LastSyn] = timeNs;
}

function noteFromClient(words: Int32Array, at: number, packet: Packet): void {
  let state = words[at + Word.State] as number;
  if ((packet.tcpFlags & TcpFlag.Rst) !== 0) state |= State.ClientReset;
  else state |= State.ClientWentOn;
  if ((packet.tcpFlags & TcpFlag.Fin) !== 0) state |= State.ClientFin;
  words[at + Word.State] = state;
}

function noteFromServer(
  table: ConversationTable,
  words: Int32Array,
  at: number,
  index: number,
  packet: Packet,
  timeNs: number,
): void {
  const flags = packet.tcpFlags;
  let state = words[at + Word.State] as number;
  if ((flags & TcpFlag.Rst) !== 0) {
    const numberAt = table.numberBase(index);
    const acked = (packet.ack - (words[at + Word.ClientIsn] as number)) | 0;
    const answersSyn = (flags & TcpFlag.Ack) !== 0 && acked >= 1 && acked <= 1500;
    const waiting = (state & (State.Syn | State.SynAck | State.ServerSpoke)) === State.Syn;
    if (
      waiting &&
      answersSyn &&
      timeNs - (table.numbers[numberAt + Measure.LastSyn] as number) <= REFUSAL_NS
    ) {
      if ((state & State.Refused) === 0) words[at + Word.AnswerFrame] = packet.frameNumber;
      words[at + Word.RefusalTtl] = packet.ttl;
      state |= State.Refused;
    }
    words[at + Word.State] = state | State.ServerReset;
    return;
  }
  words[at + Word.ServerTtl] = packet.ttl;
  if (packet.payloadLength > 0 && (state & State.ServerReset) !== 0) {
    if (words[at + Word.AfterResetFrame] === 0) words[at + Word.AfterResetFrame] = packet.frameNumber;
  }
  if ((flags & (TcpFlag.Syn | TcpFlag.Ack)) === (TcpFlag.Syn | TcpFlag.Ack)) {
    if ((state & State.SynAck) === 0) {
      words[at + Word.AnswerFrame] = packet.frameNumber;
      const numberAt = table.numberBase(index);
      const synNs = table.numbers[numberAt + Measure.LastSyn] as number;
      if ((state & State.Syn) !== 0) table.numbers[numberAt + Measure.HandshakeNs] = timeNs - synNs;
      // Windows repeats a SYN that was refused; only an answer to the SYN before the reset contradicts it.
      const contradicts =
        (state & State.ServerReset) !== 0 && (table.numbers[numberAt + Measure.ResetNs] as number) >= synNs;
      if (contradicts && packet.ack === (((words[at + Word.ClientIsn] as number) + 1) | 0))
        state |= State.AcceptedAfterReset;
    }
    const count = (words[at + Word.SynAckCount] as number) + 1;
    words[at + Word.SynAckCount] = count;
    if (count === 2) words[at + Word.SecondSynAckFrame] = packet.frameNumber;
    state |= State.SynAck;
  }
  if (isChallenge(words, at, state, packet)) {
    state |= State.ChallengedSyn;
    words[at + Word.ChallengeFrame] = packet.frameNumber;
  }
  state |= State.ServerSpoke;
  if ((flags & TcpFlag.Fin) !== 0) {
    if ((state & (State.ClientFin | State.ServerFin)) === 0) state |= State.ServerFinFirst;
    state |= State.ServerFin;
  }
  words[at + Word.State] = state;
}

/** A bare acknowledgment in answer to a SYN that is not one of this SYN. */
function isChallenge(words: Int32Array, at: number, state: number, packet: Packet): boolean {
  if ((state & (State.Syn | State.SynAck | State.ServerSpoke | State.ClientWentOn)) !== State.Syn)
    return false;
  if (packet.payloadLength > 0 || (packet.tcpFlags & ~TcpFlag.Psh) !== TcpFlag.Ack) return false;
  return packet.ack !== (((words[at + Word.ClientIsn] as number) + 1) | 0);
}

/** The attempt that a SYN-ACK from an address that was not dialled answers, -1 if there is none. */
function dialledAttempt(table: ConversationTable, attempts: OpenAttempts, packet: Packet): number {
  const index = attempts.candidate(packet);
  if (index < 0) return -1;
  const at = table.base(index);
  const { words } = table.records;
  const sameClient =
    isDestination(words, at + Word.Client, packet) &&
    (words[at + Word.Ports] as number) >>> 16 === packet.dstPort;
  const waiting =
    ((words[at + Word.State] as number) & (State.Syn | State.SynAck | State.ServerSpoke)) === State.Syn;
  return sameClient && waiting && ((packet.ack - (words[at + Word.ClientIsn] as number)) | 0) === 1
    ? index
    : -1;
}

function noteOtherAnswer(table: ConversationTable, index: number, packet: Packet): void {
  const at = table.base(index);
  const { words } = table.records;
  words[at + Word.State] = (words[at + Word.State] as number) | State.AnsweredByOther;
  words[at + Word.AnswerFrame] = packet.frameNumber;
  words[at + Word.Other] = packet.src0;
  words[at + Word.Other + 1] = packet.src1;
  words[at + Word.Other + 2] = packet.src2;
  words[at + Word.Other + 3] = packet.src3;
  words[at + Word.OtherPort] = packet.srcPort;
}
