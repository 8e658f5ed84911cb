import { isClientInitial, longHeaderBytes } from '../applications/quic-initial.ts';
import { Fault, PacketKind, type Packet } from '../dissect/packet.ts';
import type { Frame } from '../pcap/frame.ts';
import type { KeptPayload } from './kept-payload.ts';

/** DNS and multicast DNS: kept whole, over UDP and TCP. */
const DNS_PORTS: readonly number[] = [53, 5353];
/** Bytes of payload by which the filter of second copies tells datagrams without identification apart. */
const BURST_BYTES = 8;
/** Behind what no dissector knows: enough for the header of another transport (SCTP has 12 bytes). */
const UNKNOWN_HEADER_BYTES = 16;
/** Behind a header that is wrong: more than any dissector looks at, so that it is wrong in the same way. */
const FAULTY_HEADER_BYTES = 128;
/** ICMP header, the longest quoted IPv4 header (or IPv6 with a little), and a TCP header with options. */
const ICMP_ERROR_BYTES = 8 + 60 + 60;
const ICMP_HEADER_BYTES = 8;
/** Echo request and reply, of ICMP and of ICMPv6: their body is the user's. */
const ICMP_ECHO: readonly number[] = [0, 8];
const ICMPV6_ECHO: readonly number[] = [128, 129];

/**
 * Captured bytes of a frame that a cut capture keeps: headers from link to transport, and of the
 * payload what the dissectors read. `packet` is the frame, dissected; must be called for each frame
 * in order, as `payload` follows the streams.
 */
export function keptLength(frame: Frame, packet: Packet, payload: KeptPayload): number {
  payload.blanks.length = 0;
  const end = keptEnd(packet, payload);
  payload.fragments.noteFirst(packet, end >= packet.end && payload.blanks.length === 0);
  return Math.max(0, Math.min(end - frame.offset, frame.capturedLength));
}

/** Position in `packet.view` behind the last byte that is kept. */
function keptEnd(packet: Packet, payload: KeptPayload): number {
  if (packet.fault === Fault.UnsupportedLink) return packet.offset + UNKNOWN_HEADER_BYTES;
  if (packet.fault !== Fault.None) return packet.offset + FAULTY_HEADER_BYTES;
  switch (packet.kind) {
    case PacketKind.Tcp:
      return packet.payloadOffset + (isDns(packet) ? packet.payloadCaptured : payload.keep(packet));
    case PacketKind.Udp:
      return packet.payloadOffset + (isDns(packet) ? packet.payloadCaptured : datagramBytes(packet));
    case PacketKind.Icmp:
      return icmpEnd(packet, ICMP_ECHO);
    case PacketKind.Icmpv6:
      return icmpEnd(packet, ICMPV6_ECHO);
    case PacketKind.Arp:
      return packet.end;
    case PacketKind.Fragment:
      return payload.fragments.isKept(packet) ? packet.end : packet.offset;
    default:
      return packet.offset + UNKNOWN_HEADER_BYTES;
  }
}

function icmpEnd(packet: Packet, echoTypes: readonly number[]): number {
  if (echoTypes.includes(packet.icmpType)) return packet.offset + ICMP_HEADER_BYTES;
  if (packet.quoteProtocol === 0) return packet.offset + ICMP_ERROR_BYTES;
  if (DNS_PORTS.includes(packet.quoteSrcPort) || DNS_PORTS.includes(packet.quoteDstPort)) return packet.end;
  return packet.quotePayloadOffset > 0 ? packet.quotePayloadOffset : packet.offset + ICMP_ERROR_BYTES;
}

/**
 * A client's first QUIC packet whole, as it holds the ClientHello; of the rest of the handshake what tells that it is
 * QUIC. Of datagrams without identification, what tells a burst of them from one that was captured twice.
 */
function datagramBytes(packet: Packet): number {
  const { view, payloadOffset: offset, payloadCaptured: captured, payloadLength: length } = packet;
  const datagram = { view, offset, captured, length };
  if (isClientInitial(datagram)) return captured;
  const told = packet.ipId === 0 && captured >= BURST_BYTES ? BURST_BYTES : 0;
  return Math.max(told, longHeaderBytes(datagram));
}

function isDns(packet: Packet): boolean {
  return DNS_PORTS.includes(packet.srcPort) || DNS_PORTS.includes(packet.dstPort);
}
