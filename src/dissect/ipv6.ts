import { ipProtocolLayer, Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault, PacketKind } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 8200 §3:
 *   version:4 trafficClass:8 flowLabel:20 payloadLength:16 nextHeader:8 hopLimit:8
 *   source:128 destination:128
 * Extension headers (§4) begin with nextHeader:8 length:8, the length in units of 8 bytes beyond
 * the first 8 (authentication header: of 4 bytes beyond the first 8, RFC 4302).
 */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;
/** A packet with more extension headers is built to waste time. */
const MAX_EXTENSION_HEADERS = 8;

/** Reads an IPv6 header and its extension headers; a payload length of 0 (jumbogram, RFC 2675) means "all that follows". */
export function dissectIpv6(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 40) return packet.fail(Fault.Truncated, Layer.Ipv6);
  if (view.getUint8(offset) >>> 4 !== 6) return packet.fail(Fault.Malformed, Layer.Ipv6);
  const claimed = view.getUint16(offset + 4);
  const onWire = packet.originalLength - (packet.capturedLength - (end - offset)) - 40;
  packet.ipVersion = 6;
  // In a tunnel this was set by the outer packet.
  packet.kind = PacketKind.Other;
  packet.ipId = 0;
  packet.ttl = view.getUint8(offset + 7);
  packet.src0 = view.getInt32(offset + 8);
  packet.src1 = view.getInt32(offset + 12);
  packet.src2 = view.getInt32(offset + 16);
  packet.src3 = view.getInt32(offset + 20);
  packet.dst0 = view.getInt32(offset + 24);
  packet.dst1 = view.getInt32(offset + 28);
  packet.dst2 = view.getInt32(offset + 32);
  packet.dst3 = view.getInt32(offset + 36);
  packet.ipPayloadLength = claimed === 0 ? Math.max(onWire, 0) : claimed;
  if (claimed !== 0 && offset + 40 + claimed < end) packet.end = offset + 40 + claimed;
  packet.offset = offset + 40;
  return extensionHeaders(packet, view.getUint8(offset + 6));
}

/** Leaves a fragment; what its header names is the first header of the datagram, perhaps one more extension. */
function fragment(packet: Packet, at: number): LayerNumber {
  packet.offset = at + 8;
  packet.ipPayloadLength = Math.max(packet.ipPayloadLength - 8, 0);
  packet.ipProtocol = packet.view.getUint8(at);
  return packet.setFragment(packet.view.getInt32(at + 4));
}

/** Reads the extension headers from `packet.offset` on, the first one of the type `firstHeader`. */
export function extensionHeaders(packet: Packet, firstHeader: number): LayerNumber {
  const { view } = packet;
  let header = firstHeader;
  for (let count = 0; count < MAX_EXTENSION_HEADERS; count++) {
    const at = packet.offset;
    let lengthBytes: number;
    switch (header) {
      case HOP_BY_HOP:
      case ROUTING:
      case DESTINATION_OPTIONS:
      case MOBILITY:
      case AUTHENTICATION:
        if (packet.end - at < 8) return packet.fail(Fault.Truncated, Layer.Ipv6);
        lengthBytes =
          header === AUTHENTICATION ? (view.getUint8(at + 1) + 2) * 4 : (view.getUint8(at + 1) + 1) * 8;
        break;
      case FRAGMENT:
        if (packet.end - at < 8) return packet.fail(Fault.Truncated, Layer.Ipv6);
        lengthBytes = 8;
        packet.fragmentOffset = view.getUint16(at + 2) & 0xfff8;
        packet.moreFragments = (view.getUint16(at + 2) & 1) !== 0;
        packet.ipId = view.getUint16(at + 6);
        if (packet.fragmentOffset > 0 || (packet.moreFragments && packet.holdsFragments))
          return fragment(packet, at);
        break;
      default:
        packet.ipProtocol = header;
        return ipProtocolLayer(header);
    }
    header = view.getUint8(at);
    packet.offset = at + lengthBytes;
    packet.ipPayloadLength -= lengthBytes;
    if (packet.offset > packet.end || packet.ipPayloadLength < 0)
      return packet.fail(Fault.Truncated, Layer.Ipv6);
  }
  return packet.fail(Fault.TooDeep, Layer.Ipv6);
}
