import type { Packet } from '../dissect/packet.ts';

const TCP = 6;
const UDP = 17;
/** A sum that is right, checksum included, has all bits set (RFC 1071). */
const ALL_BITS = 0xffff;

/**
 * Whether the UDP checksum of the packet that carries a TCP segment in a tunnel is right (RFC 768); `unknown` where
 * there is none, where not all of the packet was captured, and before a network card has filled checksums in.
 */
export function tunnelChecksum(packet: Packet): 'right' | 'wrong' | 'unknown' {
  const { view, outerUdpOffset: udpAt } = packet;
  if (udpAt < 0 || packet.outerFragmented || packet.ipProtocol !== TCP) return 'unknown';
  const checksum = view.getUint16(udpAt + 6);
  const length = view.getUint16(udpAt + 4);
  if (checksum === 0 || udpAt + length > view.byteLength) return 'unknown';
  const segmentBytes = packet.ipPayloadLength;
  const segmentAt = packet.payloadOffset + packet.payloadLength - segmentBytes;
  if (segmentAt + segmentBytes > udpAt + length || packet.payloadCaptured < packet.payloadLength)
    return 'unknown';
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = packet;
  const inner = addressSum(src0, src1, src2, src3) + addressSum(dst0, dst1, dst2, dst3) + TCP + segmentBytes;
  // Inside, the card has still to do its work: outside it may have as well.
  if (fold(inner + bytesSum(view, segmentAt, segmentBytes)) !== ALL_BITS) return 'unknown';
  const outer =
    addressSum(packet.outerSrc0, packet.outerSrc1, packet.outerSrc2, packet.outerSrc3) +
    addressSum(packet.outerDst0, packet.outerDst1, packet.outerDst2, packet.outerDst3) +
    UDP +
    length;
  if (fold(outer) === checksum) return 'unknown';
  return fold(outer + bytesSum(view, udpAt, length)) === ALL_BITS ? 'right' : 'wrong';
}

function addressSum(w0: number, w1: number, w2: number, w3: number): number {
  return [w0, w1, w2, w3].reduce((sum, word) => sum + (word >>> 16) + (word & 0xffff), 0);
}

function bytesSum(view: DataView, from: number, length: number): number {
  let sum = 0;
  for (let at = from; at + 1 < from + length; at += 2) sum += view.getUint16(at);
  return (length & 1) === 0 ? sum : sum + (view.getUint8(from + length - 1) << 8);
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}
