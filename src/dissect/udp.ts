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
  const tunnel = tunnelLayer(packet.dstPort);
  if (tunnel !== Layer.None) packet.offset = packet.payloadOffset;
  return tunnel;
}

/**
 * The tunnel to which a destination port belongs: VXLAN's is IANA's (RFC 7348) or the one of flannel, Cilium and
 * k3s (Linux's first default), Geneve's IANA's (RFC 8926).
 */
function tunnelLayer(port: number): LayerNumber {
  switch (port) {
    case 4789:
    case 8472:
      return Layer.Vxlan;
    case 6081:
      return Layer.Geneve;
    default:
      return Layer.None;
  }
}
