import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault, PacketKind } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 792, RFC 4443:  type:8 code:8 checksum:16 rest:32
 * An error quotes the packet that caused it: its IP header and at least 8 bytes of what follows.
 */

/** ICMP types that quote a packet: unreachable, source quench, redirect, time exceeded, parameter problem. */
const ICMP_ERRORS: readonly number[] = [3, 4, 5, 11, 12];

/** Reads an ICMP message and, in errors, the quoted packet. */
export function dissectIcmp(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 4) return packet.fail(Fault.Truncated, Layer.Icmp);
  packet.kind = PacketKind.Icmp;
  readTypeAndCode(packet);
  // RFC 1191 §4: the MTU is the lower half of the word that was unused before.
  packet.nextHopMtu = packet.icmpType === 3 && end - offset >= 8 ? view.getUint16(offset + 6) : 0;
  if (ICMP_ERRORS.includes(packet.icmpType) && end - offset >= 8 + 20)
    quoteIpv4(packet, offset + 8, view.getUint8(offset + 8));
  return Layer.None;
}

/** Reads an ICMPv6 message and, in errors (types below 128), the quoted packet. */
export function dissectIcmpv6(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 4) return packet.fail(Fault.Truncated, Layer.Icmpv6);
  packet.kind = PacketKind.Icmpv6;
  readTypeAndCode(packet);
  if (packet.icmpType === 135 || packet.icmpType === 136) return neighbourTarget(packet);
  packet.nextHopMtu = packet.icmpType === 2 && end - offset >= 8 ? view.getUint32(offset + 4) : 0;
  if (packet.icmpType < 128 && end - offset >= 8 + 40 && view.getUint8(offset + 8) >>> 4 === 6)
    quoteIpv6(packet, offset + 8);
  return Layer.None;
}

/** Reads the address that a neighbour solicitation or advertisement is about (RFC 4861 §4.3, §4.4). */
function neighbourTarget(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 24) return packet.fail(Fault.Truncated, Layer.Icmpv6);
  packet.ndTarget0 = view.getInt32(offset + 8);
  packet.ndTarget1 = view.getInt32(offset + 12);
  packet.ndTarget2 = view.getInt32(offset + 16);
  packet.ndTarget3 = view.getInt32(offset + 20);
  return Layer.None;
}

function readTypeAndCode(packet: Packet): void {
  packet.icmpType = packet.view.getUint8(packet.offset);
  packet.icmpCode = packet.view.getUint8(packet.offset + 1);
  packet.checksum = packet.view.getUint16(packet.offset + 2);
  packet.srcPort = packet.icmpType;
  packet.dstPort = packet.icmpCode;
  packet.tcpFlags = 0;
  packet.tsVal = 0;
  packet.payloadLength = packet.ipPayloadLength;
}

function quoteIpv4(packet: Packet, at: number, versionAndLength: number): void {
  const { view } = packet;
  const headerLength = (versionAndLength & 15) * 4;
  const isLaterFragment = (view.getUint16(at + 6) & 0x1fff) !== 0;
  if (versionAndLength >>> 4 !== 4 || headerLength < 20 || isLaterFragment) return;
  packet.quoteVersion = 4;
  packet.quoteSrc0 = view.getInt32(at + 12);
  packet.quoteDst0 = view.getInt32(at + 16);
  packet.quoteSrc1 = packet.quoteSrc2 = packet.quoteSrc3 = 0;
  packet.quoteDst1 = packet.quoteDst2 = packet.quoteDst3 = 0;
  quoteTransport(packet, at + headerLength, view.getUint8(at + 9));
}

function quoteIpv6(packet: Packet, at: number): void {
  const { view } = packet;
  packet.quoteVersion = 6;
  packet.quoteSrc0 = view.getInt32(at + 8);
  packet.quoteSrc1 = view.getInt32(at + 12);
  packet.quoteSrc2 = view.getInt32(at + 16);
  packet.quoteSrc3 = view.getInt32(at + 20);
  packet.quoteDst0 = view.getInt32(at + 24);
  packet.quoteDst1 = view.getInt32(at + 28);
  packet.quoteDst2 = view.getInt32(at + 32);
  packet.quoteDst3 = view.getInt32(at + 36);
  quoteTransport(packet, at + 40, view.getUint8(at + 6));
}

/** The protocol is set last: 0 says that nothing usable was quoted. */
function quoteTransport(packet: Packet, at: number, protocol: number): void {
  const { view, end } = packet;
  const hasPorts = protocol === 6 || protocol === 17;
  if (hasPorts && end - at < 4) return;
  packet.quoteSrcPort = hasPorts ? view.getUint16(at) : 0;
  packet.quoteDstPort = hasPorts ? view.getUint16(at + 2) : 0;
  packet.quoteSeq = hasPorts && end - at >= 8 ? view.getInt32(at + 4) : 0;
  packet.quotePayloadOffset = protocol === 17 && end - at > 8 ? at + 8 : 0;
  packet.quoteProtocol = protocol;
}
