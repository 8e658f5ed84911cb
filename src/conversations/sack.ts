import type { Packet } from '../dissect/packet.ts';
import { Side } from './conversation-record.ts';

/**
 * The end of the first SACK block of a segment with time stamps, 0 if there is none. Acknowledgments that ask for the
 * same byte in the same millisecond differ in it, as its block grows with each segment that arrives (RFC 2018 §4).
 */
export function firstSackEnd(packet: Packet): number {
  const at = firstSackBlock(packet);
  return at === 0 ? 0 : packet.view.getInt32(at + 4);
}

/**
 * A first block below the acknowledgment says that data came twice (RFC 2883 §4): where it is what was sent again
 * last, that had arrived and was no loss. Linux' tail loss probes meet it where the receiver is late with its
 * acknowledgment.
 */
export function noteDuplicateSack(words: Int32Array, sender: number, packet: Packet): void {
  const retransmissions = words[sender + Side.Retransmissions] as number;
  if (retransmissions === 0) return;
  const at = firstSackBlock(packet);
  if (at === 0) return;
  const repeated = words[sender + Side.RepeatSeq] as number;
  const end = packet.view.getInt32(at + 4);
  const isOld = ((packet.ack - end) | 0) >= 0;
  // A keep-alive is answered in the same way, but by a block of its own.
  const isRepeated = ((repeated - packet.view.getInt32(at)) | 0) >= 0 && ((end - repeated) | 0) > 0;
  if (!isOld || !isRepeated) return;
  words[sender + Side.Retransmissions] = retransmissions - 1;
  words[sender + Side.Spurious] = (words[sender + Side.Spurious] as number) + 1;
}

/** Where the first SACK block begins: behind time stamps, two bytes of padding, kind and length; 0: there is none. */
function firstSackBlock({ view, payloadOffset, payloadLength, ipPayloadLength, end }: Packet): number {
  const headerLength = ipPayloadLength - payloadLength;
  const at = payloadOffset - headerLength + 36;
  if (headerLength < 44 || at + 8 > end) return 0;
  return (view.getUint16(at - 2) & 0xff07) === 0x0502 ? at : 0;
}
