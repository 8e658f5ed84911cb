import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault, PacketKind } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 9260 §3:  sourcePort:16 destinationPort:16 verificationTag:32 checksum:32, then chunks of type:8 flags:8 length:16
 * The checksum is left alone: network cards fill it in.
 */

/** Types of chunks (RFC 9260 §3.2). */
export const SctpChunk = { Init: 1, InitAck: 2, Abort: 6 } as const;

/** Reads an SCTP header and the type of its first chunk. */
export function dissectSctp(packet: Packet): LayerNumber {
  const { view, offset } = packet;
  if (packet.end - offset < 13) return packet.fail(Fault.Truncated, Layer.Sctp);
  packet.srcPort = view.getUint16(offset);
  packet.dstPort = view.getUint16(offset + 2);
  packet.checksum = view.getInt32(offset + 8);
  packet.sctpChunk = view.getUint8(offset + 12);
  packet.kind = PacketKind.Sctp;
  packet.tcpFlags = 0;
  packet.tsVal = 0;
  return Layer.None;
}
