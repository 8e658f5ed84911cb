import type { Packet } from '../dissect/packet.ts';
import { Side } from './conversation-record.ts';
import type { DnsTransactions } from './dns-transactions.ts';

/*
 * DNS over TCP (RFC 1035 §4.2.2): each message is preceded by its length in two bytes. What a segment
 * leaves open is kept in the direction's `DnsSkip`: how many bytes of a message are still to come; below 0,
 * the length of a message that begins with the next segment; below `HALF_LENGTH`, the first byte of a length.
 */
const HALF_LENGTH = -0x1_0000;

/** Hands the messages of an in-order segment to `dns`; `words[side]` begins the direction's block. */
export function takeDnsOverTcp(
  dns: DnsTransactions,
  words: Int32Array,
  side: number,
  packet: Packet,
  timeNs: number,
): void {
  const { view, payloadOffset } = packet;
  const end = payloadOffset + packet.payloadLength;
  const captured = payloadOffset + packet.payloadCaptured;
  const open = words[side + Side.DnsSkip] as number;
  let at = payloadOffset;
  let length = 0;
  if (open <= HALF_LENGTH && captured > at) length = ((HALF_LENGTH - open) << 8) | view.getUint8(at++);
  else if (open < 0) length = -open;
  else at += open;
  for (;;) {
    if (length > 0) {
      if (at === end) {
        words[side + Side.DnsSkip] = -length;
        return;
      }
      dns.take(packet, at, Math.min(at + length, captured), timeNs);
      at += length;
    }
    if (at + 2 > captured) break;
    length = view.getUint16(at);
    at += 2;
  }
  words[side + Side.DnsSkip] =
    at === end - 1 && at < captured ? HALF_LENGTH - view.getUint8(at) : Math.max(at - end, 0);
}
