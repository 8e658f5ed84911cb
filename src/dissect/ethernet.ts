import { etherTypeLayer, Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * IEEE 802.3:  destination:48 source:48 etherType:16
 * Values below 1536 are a length (802.2 LLC follows), which carries nothing that is dissected.
 */

/** Reads an Ethernet header. */
export function dissectEthernet(packet: Packet): LayerNumber {
  if (packet.end - packet.offset < 14) return packet.fail(Fault.Truncated, Layer.Ethernet);
  const etherType = packet.view.getUint16(packet.offset + 12);
  packet.offset += 14;
  return etherTypeLayer(etherType);
}

/*
 * IEEE 802.1Q, 802.1ad:  priority:3 dropEligible:1 vlanId:12 etherType:16
 */

/** Reads a VLAN tag; with several, the innermost one counts. */
export function dissectVlan(packet: Packet): LayerNumber {
  if (packet.end - packet.offset < 4) return packet.fail(Fault.Truncated, Layer.Vlan);
  packet.vlanId = packet.view.getUint16(packet.offset) & 0xfff;
  const etherType = packet.view.getUint16(packet.offset + 2);
  packet.offset += 4;
  return etherTypeLayer(etherType);
}
