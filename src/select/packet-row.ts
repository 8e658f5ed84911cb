import { ArpOperation } from '../dissect/arp.ts';
import { DnsMessage, DnsRcode, dnsTypeName } from '../dissect/dns.ts';
import { PacketKind, TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import type { CaptureClock, Frame } from '../pcap/frame.ts';
import { endsOf, quotedEnds } from './ends.ts';

/** A packet in one line. */
export interface PacketRow {
  /** 1-based, as Wireshark counts. */
  readonly number: number;
  /** ISO 8601 in UTC with microseconds; empty: the capture gives none. */
  readonly time: string;
  /** "address:port", or an address; empty where the packet names none. */
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  /** Length on the wire. */
  readonly lengthBytes: number;
  /** What it says, much as tcpdump writes it. */
  readonly summary: string;
}

const DNS_PORT = 53;
const message = new DnsMessage();

/** Describes a packet. */
export function packetRow(frame: Frame, packet: Packet, clock: CaptureClock): PacketRow {
  const ends = endsOf(packet);
  const [protocol, summary] = described(packet);
  return {
    number: frame.number,
    time: clock.format(frame.timeNs),
    source: ends?.sourceEndpoint ?? '',
    destination: ends?.destinationEndpoint ?? '',
    protocol,
    lengthBytes: frame.originalLength,
    summary,
  };
}

function described(packet: Packet): [protocol: string, summary: string] {
  switch (packet.kind) {
    case PacketKind.Tcp:
      return ['TCP', tcpSummary(packet)];
    case PacketKind.Udp:
      return udpSummary(packet);
    case PacketKind.Icmp:
    case PacketKind.Icmpv6:
      return [packet.kind === PacketKind.Icmp ? 'ICMP' : 'ICMPv6', icmpSummary(packet)];
    case PacketKind.Arp:
      return ['ARP', packet.arpOperation === ArpOperation.Request ? 'who has it?' : 'it is here'];
    case PacketKind.Fragment:
      return ['IP', `fragment at ${packet.fragmentOffset}${packet.moreFragments ? ', more follow' : ''}`];
    default:
      return packet.ipVersion === 0 ? ['-', 'not dissected'] : ['IP', `protocol ${packet.ipProtocol}`];
  }
}

/** "Flags [S.], seq 1, ack 2, win 64240, length 0". */
function tcpSummary(packet: Packet): string {
  const { tcpFlags: flags } = packet;
  const letters = [
    [TcpFlag.Syn, 'S'],
    [TcpFlag.Fin, 'F'],
    [TcpFlag.Rst, 'R'],
    [TcpFlag.Psh, 'P'],
    [TcpFlag.Urg, 'U'],
    [TcpFlag.Ece, 'E'],
    [TcpFlag.Cwr, 'W'],
    [TcpFlag.Ack, '.'],
  ] as const;
  const set = letters.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  const ack = (flags & TcpFlag.Ack) === 0 ? '' : `, ack ${packet.ack >>> 0}`;
  return `Flags [${set.join('') || 'none'}], seq ${packet.seq >>> 0}${ack}, win ${packet.window}, length ${packet.payloadLength}`;
}

function udpSummary(packet: Packet): [protocol: string, summary: string] {
  const isDns = packet.srcPort === DNS_PORT || packet.dstPort === DNS_PORT;
  const from = packet.payloadOffset;
  if (!isDns || !message.read(packet.view, from, from + packet.payloadCaptured))
    return ['UDP', `length ${packet.payloadLength}`];
  const asked = message.hasQuestion ? ` ${dnsTypeName(message.questionType)} ${nameText()}` : '';
  return ['DNS', message.isResponse ? `${message.id} ${rcodeText()}${asked}` : `${message.id}?${asked}`];
}

function rcodeText(): string {
  const name = Object.entries(DnsRcode).find(([, code]) => code === message.rcode)?.[0];
  if (name === undefined) return `rcode ${message.rcode}`;
  return message.rcode === DnsRcode.NoError ? `${message.answers} answers` : name.toUpperCase();
}

/** Bytes that are no printable ASCII are written as \DDD (RFC 4343 §2.1). */
function nameText(): string {
  const bytes = [...message.name.subarray(0, message.nameLength)];
  const letter = (byte: number): string =>
    byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  return bytes.map(letter).join('') || '.';
}

/** Types by number: RFC 792 and RFC 4443. */
const ICMP_TYPES: readonly (readonly [number, string])[] = [
  [0, 'echo reply'],
  [3, 'unreachable'],
  [4, 'source quench'],
  [5, 'redirect'],
  [8, 'echo request'],
  [11, 'time exceeded'],
  [12, 'parameter problem'],
];
const ICMPV6_TYPES: readonly (readonly [number, string])[] = [
  [1, 'unreachable'],
  [2, 'packet too big'],
  [3, 'time exceeded'],
  [4, 'parameter problem'],
  [128, 'echo request'],
  [129, 'echo reply'],
  [133, 'router solicitation'],
  [134, 'router advertisement'],
  [135, 'neighbour solicitation'],
  [136, 'neighbour advertisement'],
];

function icmpSummary(packet: Packet): string {
  const types = packet.kind === PacketKind.Icmp ? ICMP_TYPES : ICMPV6_TYPES;
  const name = types.find(([type]) => type === packet.icmpType)?.[1] ?? `type ${packet.icmpType}`;
  const quoted = quotedEnds(packet);
  const about = quoted === null ? '' : `, about ${quoted.sourceEndpoint} → ${quoted.destinationEndpoint}`;
  return `${name}, code ${packet.icmpCode}${about}`;
}
