import { TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { Side, SideMeasure } from './conversation-record.ts';

/** Segments that arrive out of order do so within a few milliseconds; a retransmission takes a round trip or more. */
const REORDERING_NS = 3e6;
/** A fast retransmission follows the acknowledgment that asks for it at once (Wireshark's limit). */
const FAST_RETRANSMISSION_NS = 20e6;

/** Whether the segment neither opens nor closes. */
export function isPlainAck(packet: Packet): boolean {
  return (packet.tcpFlags & (TcpFlag.Syn | TcpFlag.Fin)) === 0;
}

/** A segment that begins before what was expected: sent again, out of order, or a probe. Whether it was sent again. */
export function noteOld(
  numbers: Float64Array,
  words: Int32Array,
  own: number,
  peer: number,
  ownNumbers: number,
  peerNumbers: number,
  packet: Packet,
  next: number,
  timeNs: number,
  filled: boolean,
  ackKnown: boolean,
): boolean {
  const expected = words[own + Side.NextSeq] as number;
  const isProbeShaped =
    packet.payloadLength <= 1 && packet.seq === ((expected - 1) | 0) && isPlainAck(packet);
  if (isProbeShaped) {
    // To a closed window Linux sends the same shape as a keep-alive: that is a probe, and no dead peer.
    if (numbers[peerNumbers + SideMeasure.ZeroSinceNs] === 0) {
      const run = (words[own + Side.KeepAlives] as number) + 1;
      words[own + Side.KeepAlives] = run;
      if (run > (words[own + Side.MostKeepAlives] as number)) words[own + Side.MostKeepAlives] = run;
    }
    return false;
  }
  if (packet.payloadLength === 0) return false;
  // Stands in the file behind a later segment: an order of writing, not of sending.
  if (timeNs < (numbers[ownNumbers + SideMeasure.LastDataNs] as number)) return false;
  if (filled && timeNs - (numbers[ownNumbers + SideMeasure.HoleNs] as number) < REORDERING_NS) {
    words[own + Side.OutOfOrder] = (words[own + Side.OutOfOrder] as number) + 1;
    return false;
  }
  words[own + Side.TimedFrame] = 0;
  const maxAck = words[peer + Side.MaxAck] as number;
  if (!filled && ackKnown && ((next - maxAck) | 0) <= 0) {
    words[own + Side.Spurious] = (words[own + Side.Spurious] as number) + 1;
    return true;
  }
  const isFast =
    (words[peer + Side.DuplicateAcks] as number) >= 2 &&
    packet.seq === maxAck &&
    timeNs - (numbers[peerNumbers + SideMeasure.DuplicateAckNs] as number) < FAST_RETRANSMISSION_NS;
  const kind = own + (isFast ? Side.FastRetransmissions : Side.Retransmissions);
  words[kind] = (words[kind] as number) + 1;
  if (words[own + Side.FirstRetransmissionFrame] === 0)
    words[own + Side.FirstRetransmissionFrame] = packet.frameNumber;
  words[own + Side.LastRetransmissionFrame] = packet.frameNumber;
  noteRepeat(numbers, words, own, ownNumbers, packet, timeNs);
  return true;
}

/** How often the same data was sent again without any progress. */
function noteRepeat(
  numbers: Float64Array,
  words: Int32Array,
  own: number,
  ownNumbers: number,
  packet: Packet,
  timeNs: number,
): void {
  if (words[own + Side.Repeats] === 0 || words[own + Side.RepeatSeq] !== packet.seq) {
    words[own + Side.RepeatSeq] = packet.seq;
    words[own + Side.Repeats] = 0;
    numbers[ownNumbers + SideMeasure.RepeatNs] = timeNs;
  }
  const repeats = (words[own + Side.Repeats] as number) + 1;
  words[own + Side.Repeats] = repeats;
  if (repeats >= (words[own + Side.MostRepeats] as number)) {
    words[own + Side.MostRepeats] = repeats;
    words[own + Side.RepeatLength] = packet.payloadLength;
  }
}
