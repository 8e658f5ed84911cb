import { addressText, endpointText } from '../conversations/address.ts';
import { PacketKind, TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';

/** Ranges of sequence numbers that were sent again, as far as they are remembered. */
const MAX_REPEATS = 32;
/** Tallies of one direction: by which places saw the packets and which listened. */
const MAX_TALLIES = 12;
/** Frames that are kept as evidence of one tally. */
const MAX_FRAMES = 16;

/** Packets of one direction that the same places saw, while the same other places listened and did not see them. */
export interface MissTally {
  /** Bit sets of vantage points. */
  readonly seen: number;
  readonly unseen: number;
  /** The receiver acknowledged them, and they were not sent again: they arrived. */
  readonly isAcked: boolean;
  count: number;
  syns: number;
  firstNs: number;
  lastNs: number;
  /** Where they were seen last, and their frames there. */
  readonly lastSeenAt: number;
  readonly frames: number[];
}

/** What one vantage point saw of one direction of a flow. */
export interface FlowDirection {
  packets: number;
  /** Packets that ask to be delivered (no bare acknowledgments), and those that reached each vantage point. */
  asked: number;
  readonly arrived: Map<number, number>;
  /** Vantage points that saw packets of this direction after this one. */
  after: number;
  /** TCP: the next sequence number, and what the other side has acknowledged of this direction. */
  nextSeq: number | null;
  acked: number | null;
  /** Ranges that were sent again, as pairs of begin and end, newest last. */
  readonly repeats: number[];
  /** Whether the sender's time to live is one that hosts begin with: the packets begin here. */
  fromHere: boolean;
  readonly misses: MissTally[];
}

/** A 5-tuple as one vantage point sees it. The lower end is A. */
export class Flow {
  readonly vantage: number;
  readonly isTcp: boolean;
  readonly protocol: number;
  readonly words: Int32Array;
  readonly version: number;
  readonly directions: readonly [FlowDirection, FlowDirection] = [newDirection(), newDirection()];
  /** The flows that it is elsewhere, by vantage point. */
  readonly elsewhere: Map<number, Flow> = new Map();
  /** TCP: the client's initial sequence number; null: the handshake was not seen. */
  initial: number | null = null;
  /** The flow that it is at the same place after its addresses were translated. */
  becomes: Flow | undefined;
  /** Direction in which the client sends; -1: not known. */
  clientDirection: 0 | 1 | -1 = -1;
  /** Packets of it that are not judged yet. */
  open = 0;
  isEvicted = false;
  lastNs = 0;
  next: Flow | undefined;

  constructor(vantage: number, packet: Packet, words: Int32Array) {
    this.vantage = vantage;
    this.isTcp = packet.kind === PacketKind.Tcp;
    this.protocol = packet.ipProtocol;
    this.version = packet.ipVersion;
    this.words = words;
  }

  /** Address of an end: 0 is A. */
  address(end: 0 | 1): string {
    const [a = 0, b = 0, c = 0, d = 0] = this.words.subarray(end * 4, end * 4 + 4);
    return addressText(this.version, a, b, c, d);
  }

  port(end: 0 | 1): number {
    return this.words[8 + end] ?? 0;
  }

  /** The direction in which the client sends; without a handshake the higher port is the client's. */
  get fromClient(): 0 | 1 {
    if (this.clientDirection >= 0) return this.clientDirection as 0 | 1;
    return this.port(0) >= this.port(1) ? 0 : 1;
  }

  get client(): string {
    return this.address(this.fromClient);
  }

  get server(): string {
    const end = this.fromClient === 0 ? 1 : 0;
    return endpointText(this.address(end), this.port(end));
  }
}

function newDirection(): FlowDirection {
  return {
    packets: 0,
    asked: 0,
    arrived: new Map(),
    after: 0,
    nextSeq: null,
    acked: null,
    repeats: [],
    fromHere: false,
    misses: [],
  };
}

/** Follows sequence and acknowledgment numbers, so that later it is known what was sent again and what arrived. */
export function follow(flow: Flow, direction: 0 | 1, packet: Packet): void {
  const own = flow.directions[direction];
  own.packets++;
  if (isFresh(packet.ttl)) own.fromHere = true;
  if (!flow.isTcp) return;
  const { tcpFlags: flags, seq } = packet;
  const other = flow.directions[direction === 0 ? 1 : 0];
  if ((flags & (TcpFlag.Syn | TcpFlag.Ack)) === TcpFlag.Syn) flow.initial = seq;
  if ((flags & TcpFlag.Syn) !== 0)
    flow.clientDirection = (flags & TcpFlag.Ack) === 0 ? direction : direction === 0 ? 1 : 0;
  if ((flags & TcpFlag.Ack) !== 0 && (other.acked === null || ((packet.ack - other.acked) | 0) > 0))
    other.acked = packet.ack;
  const counted = (flags & (TcpFlag.Syn | TcpFlag.Fin)) === 0 ? 0 : 1;
  const end = (seq + packet.payloadLength + counted) | 0;
  if (end === seq) return;
  if (own.nextSeq === null || ((seq - own.nextSeq) | 0) >= 0) {
    own.nextSeq = end;
    return;
  }
  if (((end - own.nextSeq) | 0) > 0) own.nextSeq = end;
  own.repeats.push(seq, end);
  if (own.repeats.length > 2 * MAX_REPEATS) own.repeats.splice(0, 2);
}

/** What systems set the time to live to: Linux and macOS, Windows, some devices. */
export function isFresh(ttl: number): boolean {
  return ttl === 64 || ttl === 128 || ttl === 255;
}

/** Whether [seq, end) was sent again later; when more was sent again than is remembered, it is taken for granted. */
export function wasRepeated({ repeats }: FlowDirection, seq: number, end: number): boolean {
  if (repeats.length >= 2 * MAX_REPEATS) return true;
  for (let at = 0; at < repeats.length; at += 2)
    if (((end - (repeats[at] as number)) | 0) > 0 && (((repeats[at + 1] as number) - seq) | 0) > 0)
      return true;
  return false;
}

/** Notes a packet that some places should have seen and did not. */
export function noteMiss(direction: FlowDirection, miss: Omit<MissTally, 'frames'>, frame: number): void {
  const known = direction.misses.find(
    (tally) =>
      tally.seen === miss.seen &&
      tally.unseen === miss.unseen &&
      tally.isAcked === miss.isAcked &&
      tally.lastSeenAt === miss.lastSeenAt,
  );
  if (known === undefined) {
    if (direction.misses.length < MAX_TALLIES) direction.misses.push({ ...miss, frames: [frame] });
    return;
  }
  addMiss(known, { ...miss, frames: [frame] });
}

/** Adds one tally to another one of the same places. */
export function addMiss(into: MissTally, from: MissTally): void {
  into.count += from.count;
  into.syns += from.syns;
  into.firstNs = Math.min(into.firstNs, from.firstNs);
  into.lastNs = Math.max(into.lastNs, from.lastNs);
  for (const frame of from.frames) if (into.frames.length < MAX_FRAMES) into.frames.push(frame);
}
