import { ipProtocolLayer, Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 4302 §2:  nextHeader:8 length:8 reserved:16 securityParameters:32 sequence:32 integrityValue
 * The length counts words of 4 bytes beyond the first two. The payload is signed, not encrypted.
 */

/** Passes an authentication header behind an IPv4 header; IPv6 reads it among its extension headers. */
export function dissectAuthenticationHeader(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 12) return packet.fail(Fault.Truncated, Layer.AuthenticationHeader);
  const lengthBytes = (view.getUint8(offset + 1) + 2) * 4;
  if (offset + lengthBytes > end) return packet.fail(Fault.Truncated, Layer.AuthenticationHeader);
  packet.ipProtocol = view.getUint8(offset);
  packet.ipPayloadLength = Math.max(packet.ipPayloadLength - lengthBytes, 0);
  packet.offset = offset + lengthBytes;
  return ipProtocolLayer(packet.ipProtocol);
}
