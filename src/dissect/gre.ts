import { etherTypeLayer, Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 2784, RFC 2890:  checksumPresent:1 reserved:1 keyPresent:1 sequencePresent:1 reserved:9 version:3
 *   protocolType:16 [checksum:16 reserved:16] [key:32] [sequenceNumber:32]
 */

/** Reads a GRE header of version 0; other versions (PPTP) carry nothing that is dissected. */
export function dissectGre(packet: Packet): LayerNumber {
  const { view, offset } = packet;
  if (packet.end - offset < 4) return packet.fail(Fault.Truncated, Layer.Gre);
  const flags = view.getUint16(offset);
  if ((flags & 7) !== 0) return Layer.None;
  const keyAt = offset + 4 + ((flags & 0x8000) === 0 ? 0 : 4);
  const hasKey = (flags & 0x2000) !== 0;
  const payloadAt = keyAt + (hasKey ? 4 : 0) + ((flags & 0x1000) === 0 ? 0 : 4);
  if (payloadAt > packet.end) return packet.fail(Fault.Truncated, Layer.Gre);
  packet.enterTunnel(hasKey ? view.getInt32(keyAt) : 0);
  packet.offset = payloadAt;
  return etherTypeLayer(view.getUint16(offset + 2));
}
