import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault, PacketKind } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 768:  sourcePort:16 destinationPort:16 length:16 checksum:16
 */

/** Reads a UDP header; a length of 0 is a datagram before segmentation offload. */
export function dissectUdp(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 8) return packet.fail(Fault.Truncated, Layer.Udp);
  const length = view.getUint16(offset + 4);
  if (length !== 0 && length < 8) return packet.fail(Fault.Malformed, Layer.Udp);
  packet.srcPort = view.getUint16(offset);
  packet.dstPort = view.getUint16(offset + 2);
  packet.checksum = view.getUint16(offset + 6);
  packet.kind = PacketKind.Udp;
  packet.tcpFlags = 0;
  packet.tsVal = 0;
  packet.payloadOffset = offset + 8;
  packet.payloadLength = Math.max((length === 0 ? packet.ipPayloadLength : length) - 8, 0);
  packet.payloadCaptured = Math.max(Math.min(end - packet.payloadOffset, packet.payloadLength), 0);
  const tunnel = tunnelLayer(packet);
  if (tunnel !== Layer.None) packet.offset = packet.payloadOffset;
  return tunnel;
}

/**
 * The tunnel to which a datagram belongs, by its destination port: VXLAN's is IANA's (RFC 7348) or the one of flannel,
 * Cilium and k3s (Linux's first default), Geneve's IANA's (RFC 8926). Overlays can be told to use another port, so
 * VXLAN is also known by what it holds.
 */
function tunnelLayer(packet: Packet): LayerNumber {
  switch (packet.dstPort) {
    case 4789:
    case 8472:
      return Layer.Vxlan;
    case 6081:
      return Layer.Geneve;
    default:
      return looksLikeVxlan(packet) ? Layer.Vxlan : Layer.None;
  }
}

/** VXLAN's first word: the I flag alone, all else reserved and 0. */
const VXLAN_FLAGS = 0x08000000;

/**
 * Whether the payload is a VXLAN header with nothing in its reserved bits, and then an Ethernet frame with the begin
 * of an IP header or an ARP request: some sixty bits that other protocols do not have there.
 */
function looksLikeVxlan({ view, payloadOffset: at, payloadCaptured }: Packet): boolean {
  if (payloadCaptured < 8 + 14 + 20 || view.getInt32(at) !== VXLAN_FLAGS || view.getUint8(at + 7) !== 0)
    return false;
  const etherType = view.getUint16(at + 20);
  const first = view.getUint8(at + 22);
  if (etherType === 0x0800) return first >= 0x45 && first <= 0x4f;
  if (etherType === 0x86dd) return first >>> 4 === 6;
  return etherType === 0x0806 && first === 0;
}
