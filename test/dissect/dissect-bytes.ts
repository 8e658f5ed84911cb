import { dissect } from '../../src/dissect/index.ts';
import { Packet } from '../../src/dissect/packet.ts';
import { Frame } from '../../src/pcap/frame.ts';
import { LinkType } from '../packets/link.ts';

/** Bytes before and behind the frame, which no dissector may look at. */
const MARGIN = 64;

export interface DissectOptions {
  readonly linkType?: number;
  /** Length on the wire; that of the bytes unless given. */
  readonly originalLength?: number;
  /** What stands around the frame in the buffer. */
  readonly surroundings?: number;
  /** A record to be filled again; a new one unless given. */
  readonly packet?: Packet;
}

/** Dissects bytes that lie in the middle of a larger buffer, as frames do. */
export function dissectBytes(bytes: Uint8Array, options: DissectOptions = {}): Packet {
  const buffer = new Uint8Array(bytes.length + 2 * MARGIN).fill(options.surroundings ?? 0);
  buffer.set(bytes, MARGIN);
  const frame = new Frame();
  frame.view = new DataView(buffer.buffer);
  frame.offset = MARGIN;
  frame.capturedLength = bytes.length;
  frame.originalLength = options.originalLength ?? bytes.length;
  frame.linkType = options.linkType ?? LinkType.Ethernet;
  frame.number = 1;
  const packet = options.packet ?? new Packet();
  dissect(frame, packet);
  return packet;
}

/** Dissects an IP packet without any link header. */
export function dissectIp(bytes: Uint8Array, options: DissectOptions = {}): Packet {
  return dissectBytes(bytes, { linkType: LinkType.Raw, ...options });
}

/** All fields but the buffer, to compare two results. */
export function fieldsOf(packet: Packet): Record<string, unknown> {
  return Object.fromEntries(Object.entries(packet).filter(([key]) => key !== 'view'));
}

/** The bytes of a packet's payload that were captured. */
export function payloadOf(packet: Packet): Uint8Array {
  return new Uint8Array(packet.view.buffer, packet.payloadOffset, packet.payloadCaptured);
}

/** An IPv4 address as the signed word that packets hold. */
export function word(address: string): number {
  return address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
}
