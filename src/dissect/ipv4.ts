import { ipProtocolLayer, Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault, PacketKind } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 791 §3.1:
 *   version:4 headerLength:4 typeOfService:8 totalLength:16
 *   identification:16 flags:3 fragmentOffset:13
 *   timeToLive:8 protocol:8 headerChecksum:16
 *   source:32 destination:32 options
 */

/** Set in all fragments but not in whole packets. */
const OFFSET_AND_MORE = 0x3fff;

/** Reads an IPv4 header; a total length of 0 is a segment before offload or BIG TCP and means "all that follows". */
export function dissectIpv4(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 20) return packet.fail(Fault.Truncated, Layer.Ipv4);
  const versionAndLength = view.getUint8(offset);
  const headerLength = (versionAndLength & 15) * 4;
  if (versionAndLength >>> 4 !== 4 || headerLength < 20) return packet.fail(Fault.Malformed, Layer.Ipv4);
  const claimed = view.getUint16(offset + 2);
  const onWire = packet.originalLength - (packet.capturedLength - (end - offset));
  const totalLength = claimed === 0 ? Math.max(onWire, headerLength) : claimed;
  if (totalLength < headerLength) return packet.fail(Fault.Malformed, Layer.Ipv4);
  packet.ipVersion = 4;
  // In a tunnel this was set by the outer packet.
  packet.kind = PacketKind.Other;
  packet.ipId = view.getUint16(offset + 4);
  const fragment = view.getUint16(offset + 6);
  packet.fragmentOffset = (fragment & 0x1fff) * 8;
  packet.moreFragments = (fragment & 0x2000) !== 0;
  packet.ttl = view.getUint8(offset + 8);
  packet.ipProtocol = view.getUint8(offset + 9);
  packet.src0 = view.getInt32(offset + 12);
  packet.dst0 = view.getInt32(offset + 16);
  packet.src1 = packet.src2 = packet.src3 = 0;
  packet.dst1 = packet.dst2 = packet.dst3 = 0;
  packet.ipPayloadLength = totalLength - headerLength;
  packet.offset = offset + headerLength;
  // Padding of short Ethernet frames is not part of the packet.
  if (offset + totalLength < end) packet.end = offset + totalLength;
  if (packet.offset > end) return packet.fail(Fault.Truncated, Layer.Ipv4);
  if ((fragment & OFFSET_AND_MORE) !== 0 && (packet.fragmentOffset > 0 || packet.holdsFragments))
    return packet.setFragment(packet.ipId);
  return ipProtocolLayer(packet.ipProtocol);
}
