import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 2516 §4, session stage:  version:4 type:4 code:8 session:16 length:16, then PPP's protocol:16 (RFC 1661 §2).
 */
const HEADER_BYTES = 8;

/** Reads a PPPoE session header and the PPP protocol behind it. */
export function dissectPppoe(packet: Packet): LayerNumber {
  if (packet.end - packet.offset < HEADER_BYTES) return packet.fail(Fault.Truncated, Layer.Pppoe);
  const protocol = packet.view.getUint16(packet.offset + 6);
  packet.offset += HEADER_BYTES;
  if (protocol === 0x0021) return Layer.Ipv4;
  return protocol === 0x0057 ? Layer.Ipv6 : Layer.None;
}
