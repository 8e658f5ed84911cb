import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * LINKTYPE_NFLOG:  addressFamily:8 version:8 resourceId:16, then attributes
 *   length:16 type:16 value padded to 32 bits     (host byte order, in practice little-endian)
 * Attribute 9 holds the packet from its IP header on.
 */
const ATTRIBUTE_PAYLOAD = 9;

/** Finds the packet among the attributes. */
export function dissectNfLog(packet: Packet): LayerNumber {
  const { view, end } = packet;
  if (end - packet.offset < 4) return packet.fail(Fault.Truncated, Layer.NfLog);
  const family = view.getUint8(packet.offset);
  for (let at = packet.offset + 4; end - at >= 4;) {
    const length = view.getUint16(at, true);
    if (length < 4) return packet.fail(Fault.Malformed, Layer.NfLog);
    if ((view.getUint16(at + 2, true) & 0x7fff) === ATTRIBUTE_PAYLOAD) {
      packet.offset = at + 4;
      packet.end = Math.min(end, at + length);
      if (family === 2) return Layer.Ipv4;
      return family === 10 ? Layer.Ipv6 : Layer.None;
    }
    at += (length + 3) & ~3;
  }
  return packet.fail(Fault.Truncated, Layer.NfLog);
}
