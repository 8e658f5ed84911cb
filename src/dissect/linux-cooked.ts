import { etherTypeLayer, Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * LINKTYPE_LINUX_SLL:   packetType:16 hardwareType:16 addressLength:16 address:64 protocol:16
 * LINKTYPE_LINUX_SLL2:  protocol:16 reserved:16 interfaceIndex:32 hardwareType:16 packetType:8
 *                       addressLength:8 address:64
 */

/** Reads the header of captures on "any" as older libpcap writes them. */
export function dissectLinuxCooked(packet: Packet): LayerNumber {
  if (packet.end - packet.offset < 16) return packet.fail(Fault.Truncated, Layer.LinuxCooked);
  const protocol = packet.view.getUint16(packet.offset + 14);
  packet.offset += 16;
  return etherTypeLayer(protocol);
}

/** Reads the header of captures on "any"; the interface index is the place where the packet was seen. */
export function dissectLinuxCooked2(packet: Packet): LayerNumber {
  if (packet.end - packet.offset < 20) return packet.fail(Fault.Truncated, Layer.LinuxCooked2);
  const protocol = packet.view.getUint16(packet.offset);
  packet.interfaceId = packet.view.getInt32(packet.offset + 4);
  packet.offset += 20;
  return etherTypeLayer(protocol);
}
