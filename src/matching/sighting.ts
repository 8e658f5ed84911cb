import { DnsMessage } from '../dissect/dns.ts';
import { Fault, PacketKind, TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import type { Flow } from './flow.ts';

/*
 * What makes a packet the same packet at another place, whatever was rewritten on the way. Service DNAT and SNAT
 * change addresses, ports and checksums; routers change the time to live; network cards cut and join segments. None
 * of them changes the sequence and acknowledgment numbers of TCP (RFC 9293), its time stamp (RFC 7323), the payload,
 * or the identification of IPv4.
 */

const DNS_PORTS: readonly number[] = [53, 5353];
const message = new DnsMessage();

/** One packet at one vantage point, reduced to what tells it from others. Reused for later packets. */
export interface Sighting {
  /** Index of the vantage point. */
  vantage: number;
  flow: Flow;
  /** 0: from the flow's lower end to its upper end, 1: back. */
  direction: 0 | 1;
  /** Nanoseconds since the run's origin, in the vantage point's own clock. */
  timeNs: number;
  /** 1-based frame number. */
  frame: number;
  /** Two hashes, equal at all places; of TCP data its time stamp and acknowledgment number themselves. */
  key0: number;
  key1: number;
  /** TCP data: the sequence numbers [seq, seq + lengthBytes) tell it; else 0 and the keys tell it alone. */
  seq: number;
  lengthBytes: number;
  /** TCP: the sequence numbers [begin, end) that it takes, SYN and FIN counted; else 0. */
  begin: number;
  end: number;
  ipId: number;
  /** Whether identification or time stamp tell a repetition from a copy. */
  isTold: boolean;
  ttl: number;
  part: PacketPart;
}

/** What a packet is for, as far as its loss matters. */
export type PacketPart = 'syn' | 'syn-ack' | 'data' | 'fin' | 'request' | 'reply' | 'datagram' | 'other';

/** The two words that tell a packet, written by {@link readKey}. */
export interface PacketKey {
  key0: number;
  key1: number;
  seq: number;
  lengthBytes: number;
  part: PacketPart;
  /** Acknowledgment number of TCP, 0 if there is none. */
  ack: number;
}

/** Reads a packet's key; false for packets that nothing tells from others. */
export function readKey(packet: Packet, seed: number, key: PacketKey): boolean {
  key.seq = key.lengthBytes = key.ack = 0;
  key.part = 'other';
  switch (packet.kind) {
    case PacketKind.Tcp:
      return packet.fault === Fault.None && readTcp(packet, seed, key);
    case PacketKind.Udp:
      return readUdp(packet, seed, key);
    case PacketKind.Icmp:
    case PacketKind.Icmpv6:
      return readIcmp(packet, seed, key);
    default:
      if (packet.ipId === 0) return false;
      hash(key, seed, [packet.ipProtocol, packet.ipId, packet.fragmentOffset, packet.ipPayloadLength]);
      return true;
  }
}

function readTcp(packet: Packet, seed: number, key: PacketKey): boolean {
  const flags = packet.tcpFlags & (TcpFlag.Syn | TcpFlag.Fin | TcpFlag.Rst | TcpFlag.Ack);
  const hasAck = (flags & TcpFlag.Ack) !== 0;
  key.ack = hasAck ? packet.ack : 0;
  const isSyn = (flags & TcpFlag.Syn) !== 0;
  if (packet.payloadLength > 0 && !isSyn) {
    key.part = 'data';
    key.key0 = packet.tsVal;
    key.key1 = key.ack;
    key.seq = packet.seq;
    key.lengthBytes = packet.payloadLength;
    return true;
  }
  if (isSyn) key.part = hasAck ? 'syn-ack' : 'syn';
  else if ((flags & TcpFlag.Fin) !== 0) key.part = 'fin';
  hash(key, seed, [6, packet.seq, key.ack, packet.tsVal, flags]);
  return true;
}

function readUdp(packet: Packet, seed: number, key: PacketKey): boolean {
  const { srcPort, dstPort, view, payloadOffset, payloadCaptured, payloadLength } = packet;
  if (DNS_PORTS.includes(srcPort) || DNS_PORTS.includes(dstPort)) {
    if (!message.read(view, payloadOffset, payloadOffset + payloadCaptured)) return false;
    key.part = message.isResponse ? 'reply' : 'request';
    const words = [17, message.id, message.isResponse ? 1 : 0, message.questionType, payloadLength];
    for (let at = 0; at < message.nameLength; at++) words.push(message.name[at] as number);
    hash(key, seed, words);
    return true;
  }
  key.part = 'datagram';
  // The client's port survives most translations, and is the higher one of the two.
  const words = [17, packet.ipId, payloadLength, Math.max(srcPort, dstPort)];
  if (packet.ipId === 0) {
    if (payloadCaptured < 8) return false;
    words.push(view.getInt32(payloadOffset), view.getInt32(payloadOffset + 4));
  }
  hash(key, seed, words);
  return true;
}

function readIcmp(packet: Packet, seed: number, key: PacketKey): boolean {
  const isVersion4 = packet.kind === PacketKind.Icmp;
  const { icmpType, quoteProtocol } = packet;
  const isRequest = icmpType === (isVersion4 ? 8 : 128);
  const isReply = icmpType === (isVersion4 ? 0 : 129);
  if (isRequest || isReply) {
    if (packet.end - packet.offset < 8) return false;
    key.part = isRequest ? 'request' : 'reply';
    const idAndSequence = packet.view.getInt32(packet.offset + 4);
    hash(key, seed, [1, icmpType, idAndSequence, packet.ipPayloadLength]);
    return true;
  }
  if (quoteProtocol === 0 || packet.ipId === 0) return false;
  hash(key, seed, [1, icmpType, packet.icmpCode, packet.ipId, quoteProtocol]);
  return true;
}

function hash(key: PacketKey, seed: number, words: readonly number[]): void {
  let low = seed;
  let high = ~seed;
  for (const word of words) {
    low = stir(low, word);
    high = stir(high, low ^ ((word << 16) | (word >>> 16)));
  }
  key.key0 = low;
  key.key1 = high;
}

/** Mixes a word into a running hash. */
export function stir(running: number, word: number): number {
  let h = Math.imul(running ^ word, 0x9e3779b1 | 0);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b | 0);
  return h ^ (h >>> 13);
}
