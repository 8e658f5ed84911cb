import { TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { Measure, Side, SideMeasure, State, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';
import { Letter, noteLetter } from './history.ts';
import { isPlainAck, noteOld } from './retransmissions.ts';
import { noteDuplicateSack } from './sack.ts';
import { compareTurn, noteTurn } from './turns.ts';

/** Silence after which the next data finds out whether the connection still exists. */
const IDLE_NS = 30e9;

/**
 * Follows sequence numbers, acknowledgments and windows of one segment. Events have Wireshark's names; unlike
 * there, records that stand in the file behind later ones are not taken for retransmissions.
 */
export function trackSequence(
  table: ConversationTable,
  index: number,
  packet: Packet,
  timeNs: number,
  fromServer: boolean,
): void {
  const { words } = table.records;
  const at = table.base(index);
  if ((packet.tcpFlags & TcpFlag.Rst) !== 0) {
    noteReset(table, index, packet, timeNs, fromServer);
    return;
  }
  const numberAt = table.numberBase(index);
  const own = at + (fromServer ? Word.Direction1 : Word.Direction0);
  const peer = at + (fromServer ? Word.Direction0 : Word.Direction1);
  const ownNumbers = numberAt + (fromServer ? Measure.Direction1 : Measure.Direction0);
  const peerNumbers = numberAt + (fromServer ? Measure.Direction0 : Measure.Direction1);
  if ((packet.tcpFlags & TcpFlag.Syn) !== 0) noteSynOptions(words, own, packet);
  noteIdle(table, numberAt, packet, timeNs);
  // Whatever a side sends shows that it lives.
  words[peer + Side.KeepAlives] = 0;
  if ((packet.tcpFlags & TcpFlag.Ack) !== 0) {
    noteAck(table, words, at, own, peer, ownNumbers, peerNumbers, packet, timeNs, fromServer);
  }
  noteData(table, words, at, own, peer, ownNumbers, peerNumbers, packet, timeNs, fromServer);
  if (packet.payloadLength > 0) noteTurn(table, numberAt, words, at, fromServer, packet, timeNs);
  table.numbers[ownNumbers + SideMeasure.LastNs] = timeNs;
}

function noteSynOptions(words: Int32Array, own: number, packet: Packet): void {
  words[own + Side.WindowShift] = packet.windowShift < 0 ? 0 : packet.windowShift + 1;
  words[own + Side.Mss] = packet.mss;
}

function noteIdle(table: ConversationTable, numberAt: number, packet: Packet, timeNs: number): void {
  const silentNs = timeNs - (table.numbers[numberAt + Measure.Last] as number);
  if (silentNs < IDLE_NS || packet.payloadLength === 0) return;
  table.numbers[numberAt + Measure.IdleNs] = silentNs;
  table.numbers[numberAt + Measure.IdleEndNs] = timeNs;
}

function noteReset(
  table: ConversationTable,
  index: number,
  packet: Packet,
  timeNs: number,
  fromServer: boolean,
): void {
  const { words } = table.records;
  const at = table.base(index);
  if (words[at + Word.ResetFrame] !== 0) return;
  words[at + Word.ResetFrame] = packet.frameNumber;
  words[at + Word.ResetTtl] = packet.ttl;
  const numberAt = table.numberBase(index);
  table.numbers[numberAt + Measure.ResetNs] = timeNs;
  const state = words[at + Word.State] as number;
  // Either side had said that it was done: this reset only tidies up.
  if ((state & (State.ClientFin | State.ServerFin)) !== 0)
    words[at + Word.State] = state | State.ResetAfterFin;
  if (fromServer && (table.numbers[numberAt + Measure.RequestNs] as number) > 0) {
    words[at + Word.State] = (words[at + Word.State] as number) | State.ResetUnanswered;
  }
}

function noteAck(
  table: ConversationTable,
  words: Int32Array,
  at: number,
  own: number,
  peer: number,
  ownNumbers: number,
  peerNumbers: number,
  packet: Packet,
  timeNs: number,
  fromServer: boolean,
): void {
  const { numbers } = table;
  noteDuplicateSack(words, peer, packet);
  const known = fromServer ? State.AckKnown1 : State.AckKnown0;
  const state = words[at + Word.State] as number;
  const advance = (packet.ack - (words[own + Side.MaxAck] as number)) | 0;
  const raw = packet.window;
  if ((state & known) === 0 || advance > 0) {
    if ((state & known) !== 0 && windowRoom(words, own, peer) < (words[own + Side.Mss] as number)) {
      numbers[peerNumbers + SideMeasure.WindowFullNs] =
        (numbers[peerNumbers + SideMeasure.WindowFullNs] as number) +
        (timeNs - (numbers[peerNumbers + SideMeasure.LastDataNs] as number));
      if (words[at + Word.WindowFullFrame] === 0) words[at + Word.WindowFullFrame] = packet.frameNumber;
    }
    words[own + Side.MaxAck] = packet.ack;
    words[at + Word.State] = state | known;
    words[own + Side.DuplicateAcks] = 0;
    acknowledged(numbers, words, peer, peerNumbers, packet.ack, timeNs);
  } else if (
    advance === 0 &&
    packet.payloadLength === 0 &&
    raw !== 0 &&
    raw === words[own + Side.Window] &&
    isPlainAck(packet)
  ) {
    words[own + Side.DuplicateAcks] = (words[own + Side.DuplicateAcks] as number) + 1;
    numbers[ownNumbers + SideMeasure.DuplicateAckNs] = timeNs;
  }
  noteWindow(numbers, words, at, own, ownNumbers, packet, timeNs, fromServer);
}

/**
 * Bytes that the peer could still have sent before this side acknowledges; a closed window gives it all room: that
 * is another matter. Windows are scaled only if both sides said so (RFC 7323 §2.2).
 */
function windowRoom(words: Int32Array, own: number, peer: number): number {
  const window = words[own + Side.Window] as number;
  if (window === 0) return Number.MAX_SAFE_INTEGER;
  const shift = words[own + Side.WindowShift] as number;
  const scaled = shift > 1 && words[peer + Side.WindowShift] !== 0 ? window << (shift - 1) : window;
  return scaled - (((words[peer + Side.NextSeq] as number) - (words[own + Side.MaxAck] as number)) | 0);
}

/** What the peer sent was acknowledged up to `ack`. */
function acknowledged(
  numbers: Float64Array,
  words: Int32Array,
  peer: number,
  peerNumbers: number,
  ack: number,
  timeNs: number,
): void {
  const timedEnd = words[peer + Side.TimedEnd] as number;
  if (words[peer + Side.TimedFrame] !== 0 && ((ack - timedEnd) | 0) >= 0) {
    const tookNs = timeNs - (numbers[peerNumbers + SideMeasure.TimedNs] as number);
    const smoothed = numbers[peerNumbers + SideMeasure.RttNs] as number;
    numbers[peerNumbers + SideMeasure.RttNs] = smoothed === 0 ? tookNs : smoothed + (tookNs - smoothed) / 8;
    words[peer + Side.TimedFrame] = 0;
  }
  const pending = words[peer + Side.PendingLength] as number;
  if (pending > 0 && ((ack - (words[peer + Side.PendingEnd] as number)) | 0) >= 0) {
    if (pending > (words[peer + Side.LargestAcked] as number)) words[peer + Side.LargestAcked] = pending;
    words[peer + Side.PendingLength] = 0;
  }
  if (words[peer + Side.Repeats] !== 0 && ((ack - (words[peer + Side.RepeatSeq] as number)) | 0) > 0)
    words[peer + Side.Repeats] = 0;
}

function noteWindow(
  numbers: Float64Array,
  words: Int32Array,
  at: number,
  own: number,
  ownNumbers: number,
  packet: Packet,
  timeNs: number,
  fromServer: boolean,
): void {
  words[own + Side.Window] = packet.window;
  if ((packet.tcpFlags & TcpFlag.Syn) !== 0) return;
  const sinceNs = numbers[ownNumbers + SideMeasure.ZeroSinceNs] as number;
  if (packet.window === 0) {
    if (sinceNs !== 0) return;
    // 0 means "open": a stall that begins at the very first nanosecond begins one later.
    numbers[ownNumbers + SideMeasure.ZeroSinceNs] = timeNs === 0 ? 1 : timeNs;
    words[own + Side.ZeroWindows] = (words[own + Side.ZeroWindows] as number) + 1;
    if (words[own + Side.ZeroWindowFrame] === 0) words[own + Side.ZeroWindowFrame] = packet.frameNumber;
    // A side to which no more data comes may close its window.
    const peerFin = fromServer ? State.ClientFin : State.ServerFin;
    if (((words[at + Word.State] as number) & peerFin) === 0)
      noteLetter(words, at, Letter.ZeroWindow, fromServer);
  } else if (sinceNs !== 0) {
    const closedNs = timeNs - sinceNs;
    if (closedNs > (numbers[ownNumbers + SideMeasure.LongestZeroNs] as number))
      numbers[ownNumbers + SideMeasure.LongestZeroNs] = closedNs;
    numbers[ownNumbers + SideMeasure.ZeroSinceNs] = 0;
  }
}

function noteData(
  table: ConversationTable,
  words: Int32Array,
  at: number,
  own: number,
  peer: number,
  ownNumbers: number,
  peerNumbers: number,
  packet: Packet,
  timeNs: number,
  fromServer: boolean,
): void {
  const seqKnown = fromServer ? State.SeqKnown1 : State.SeqKnown0;
  const hole = fromServer ? State.Hole1 : State.Hole0;
  const { numbers } = table;
  const flags = packet.tcpFlags;
  const length =
    packet.payloadLength + ((flags & TcpFlag.Syn) === 0 ? 0 : 1) + ((flags & TcpFlag.Fin) === 0 ? 0 : 1);
  const next = (packet.seq + length) | 0;
  let state = words[at + Word.State] as number;
  if ((state & seqKnown) === 0) {
    words[own + Side.NextSeq] = next;
    words[at + Word.State] = state | seqKnown;
    if (packet.payloadLength > 0) noteNewData(numbers, words, own, ownNumbers, packet, next, timeNs);
    return;
  }
  const expected = words[own + Side.NextSeq] as number;
  const ahead = (packet.seq - expected) | 0;
  if (ahead > 0) {
    // A second hole while the first is open: what was acknowledged of the first is settled now.
    const maxAck = words[peer + Side.MaxAck] as number;
    if ((state & hole) !== 0 && ((maxAck - (words[own + Side.HoleEnd] as number)) | 0) >= 0) {
      words[own + Side.Unseen] = (words[own + Side.Unseen] as number) + 1;
    }
    words[own + Side.HoleStart] = expected;
    words[own + Side.HoleEnd] = packet.seq;
    numbers[ownNumbers + SideMeasure.HoleNs] = timeNs;
    state |= hole;
  } else if (ahead < 0) {
    if (fromServer && packet.seq === words[at + Word.TurnSeq]) compareTurn(words, at, packet);
    const filled = length > 0 && (state & hole) !== 0 && fillsHole(words, own, packet.seq, next);
    const ackKnown = (state & (fromServer ? State.AckKnown0 : State.AckKnown1)) !== 0;
    if (noteOld(numbers, words, own, peer, ownNumbers, peerNumbers, packet, next, timeNs, filled, ackKnown))
      noteLetter(words, at, Letter.SentAgain, fromServer);
    if (filled) {
      words[own + Side.HoleStart] = next;
      if (((next - (words[own + Side.HoleEnd] as number)) | 0) >= 0) state &= ~hole;
    }
  }
  if (((next - expected) | 0) > 0) {
    words[own + Side.NextSeq] = next;
    if (packet.payloadLength > 0) noteNewData(numbers, words, own, ownNumbers, packet, next, timeNs);
  }
  words[at + Word.State] = state;
}

function fillsHole(words: Int32Array, own: number, seq: number, next: number): boolean {
  const start = words[own + Side.HoleStart] as number;
  return ((seq - start) | 0) <= 0 && ((next - start) | 0) > 0;
}

function noteNewData(
  numbers: Float64Array,
  words: Int32Array,
  own: number,
  ownNumbers: number,
  packet: Packet,
  next: number,
  timeNs: number,
): void {
  words[own + Side.Advances] = (words[own + Side.Advances] as number) + 1;
  numbers[ownNumbers + SideMeasure.LastDataNs] = timeNs;
  // One segment at a time is timed, never one that was sent twice (Karn's algorithm, RFC 6298 §3).
  if (words[own + Side.TimedFrame] === 0) {
    words[own + Side.TimedFrame] = packet.frameNumber;
    words[own + Side.TimedEnd] = next;
    numbers[ownNumbers + SideMeasure.TimedNs] = timeNs;
  }
  // The longest segment in flight: once it is acknowledged, segments of that length get through.
  if (packet.payloadLength > (words[own + Side.PendingLength] as number)) {
    words[own + Side.PendingLength] = packet.payloadLength;
    words[own + Side.PendingEnd] = next;
  }
}
