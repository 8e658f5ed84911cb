import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault, PacketKind } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 826, for Ethernet and IPv4:
 *   hardwareType:16 protocolType:16 hardwareLength:8 protocolLength:8 operation:16
 *   senderHardware:48 senderProtocol:32 targetHardware:48 targetProtocol:32
 */

/** Operation codes of RFC 826. */
export const ArpOperation = { Request: 1, Reply: 2 } as const;

/** Reads an ARP packet for IPv4; for other protocols nothing is kept. */
export function dissectArp(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 8) return packet.fail(Fault.Truncated, Layer.Arp);
  const hardwareLength = view.getUint8(offset + 4);
  if (view.getUint16(offset + 2) !== 0x0800 || view.getUint8(offset + 5) !== 4) return Layer.None;
  if (end - offset < 8 + 2 * (hardwareLength + 4)) return packet.fail(Fault.Truncated, Layer.Arp);
  packet.kind = PacketKind.Arp;
  packet.arpOperation = view.getUint16(offset + 6);
  packet.arpSenderMacHigh = hardwareLength === 6 ? view.getUint16(offset + 8) : 0;
  packet.arpSenderMacLow = hardwareLength === 6 ? view.getInt32(offset + 10) : 0;
  packet.arpSender = view.getInt32(offset + 8 + hardwareLength);
  packet.arpTarget = view.getInt32(offset + 8 + 2 * hardwareLength + 4);
  return Layer.None;
}
