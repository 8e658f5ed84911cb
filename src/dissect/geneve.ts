import { etherTypeLayer, Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 8926 §3.4:  version:2 optionsLength:6 control:1 critical:1 reserved:6 protocolType:16
 *   networkIdentifier:24 reserved:8, then options of optionsLength × 4 bytes
 */
const UDP_HEADER_BYTES = 8;

/** Reads a Geneve header and passes its options; other versions than 0 are some other traffic. */
export function dissectGeneve(packet: Packet): LayerNumber {
  const { view, offset } = packet;
  if (packet.end - offset < 8) return packet.fail(Fault.Truncated, Layer.Geneve);
  const versionAndLength = view.getUint8(offset);
  const layer = etherTypeLayer(view.getUint16(offset + 2));
  if (versionAndLength >>> 6 !== 0 || layer === Layer.None) return Layer.None;
  const payloadAt = offset + 8 + (versionAndLength & 63) * 4;
  if (payloadAt > packet.end) return packet.fail(Fault.Truncated, Layer.Geneve);
  packet.enterTunnel(view.getInt32(offset + 4) >>> 8, offset - UDP_HEADER_BYTES);
  packet.offset = payloadAt;
  return layer;
}
