import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 1661 §2, RFC 1662 §3.1:  [address:8 = 0xff control:8 = 0x03] protocol:16, or 8 if its lowest bit is 1
 */
const ALL_STATIONS = 0xff03;

/** Reads a PPP header, with or without address and control. */
export function dissectPpp(packet: Packet): LayerNumber {
  const { view, end } = packet;
  if (end - packet.offset < 4) return packet.fail(Fault.Truncated, Layer.Ppp);
  if (view.getUint16(packet.offset) === ALL_STATIONS) packet.offset += 2;
  const first = view.getUint8(packet.offset);
  const isShort = (first & 1) === 1;
  const protocol = isShort ? first : view.getUint16(packet.offset);
  packet.offset += isShort ? 1 : 2;
  if (protocol === 0x0021) return Layer.Ipv4;
  return protocol === 0x0057 ? Layer.Ipv6 : Layer.None;
}
