import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 7348 §5:  flags:8 reserved:24 networkIdentifier:24 reserved:8, then an Ethernet frame.
 */
const FLAG_NETWORK_IDENTIFIER = 0x08;
const UDP_HEADER_BYTES = 8;

/** Reads a VXLAN header. Without the I flag it is some other traffic that uses the port. */
export function dissectVxlan(packet: Packet): LayerNumber {
  const { view, offset } = packet;
  if (packet.end - offset < 8) return packet.fail(Fault.Truncated, Layer.Vxlan);
  if ((view.getUint8(offset) & FLAG_NETWORK_IDENTIFIER) === 0) return Layer.None;
  packet.enterTunnel(view.getInt32(offset + 4) >>> 8, offset - UDP_HEADER_BYTES);
  packet.offset = offset + 8;
  return Layer.Ethernet;
}
