import type { Packet } from '../dissect/packet.ts';
import { finish, mix, RecordTable } from './record-table.ts';

/*
 * The record of one conversation: 32-bit words here, then times and byte counts as doubles, which
 * `numbers` reads from the same memory. The two directions have a block each: 0 is client → server.
 */
export const Word = {
  Client: 0,
  Server: 4,
  /** Client port in the upper half, server port in the lower. */
  Ports: 8,
  /** IP version in the low byte, protocol in the next. */
  Meta: 9,
  State: 10,
  ClientIsn: 11,
  SynCount: 12,
  FirstSynFrame: 13,
  SecondSynFrame: 14,
  LastSynFrame: 15,
  /** Frame of what answered: SYN-ACK, RST or ICMP error. */
  AnswerFrame: 16,
  /** Type in the upper half, code in the lower. */
  IcmpTypeCode: 17,
  /** Address of the host that sent the ICMP error, or that answered in the server's place. */
  Other: 18,
  OtherPort: 22,
  RefusalTtl: 23,
  ServerTtl: 24,
  FirstFrame: 25,
  ResetFrame: 26,
  ResetTtl: 27,
  /** Last frame of the client's data that the server has not answered yet, and of the slowest turn. */
  RequestFrame: 28,
  SlowRequestFrame: 29,
  SlowResponseFrame: 30,
  /** Place of the conversation's application, plus one; 0: none. */
  Application: 31,
  SynAckCount: 32,
  SecondSynAckFrame: 33,
  /** The server's first segment after the client's last data: where it begins, a sample of its bytes and from how many. */
  TurnSeq: 34,
  TurnSample: 35,
  TurnSampled: 36,
  TurnFrame: 37,
  /** Frame in which the server said something else in the same place; frame of data that it sent after its reset. */
  OtherTurnFrame: 38,
  AfterResetFrame: 39,
  /** Acknowledgment of an older connection that answered the SYN. */
  ChallengeFrame: 40,
  Direction0: 41,
  Direction1: 72,
} as const;

/** Offsets within a direction's block. */
export const Side = {
  Packets: 0,
  /** Next sequence number: the highest seen plus one. */
  NextSeq: 1,
  /** Highest acknowledgment number sent in this direction. */
  MaxAck: 2,
  /** A stretch of sequence numbers that was jumped over and has not been seen since. */
  HoleStart: 3,
  HoleEnd: 4,
  /** Holes that the other side acknowledged although they were never captured. */
  Unseen: 5,
  /** Segments that carried new data. */
  Advances: 6,
  /** What the last segment left open of DNS over TCP, see dns-over-tcp.ts. */
  DnsSkip: 7,
  /** Window as the last segment said, unscaled; shift of the window scale option plus one (0: none seen). */
  Window: 8,
  WindowShift: 9,
  /** Maximum segment size option, 0 if not seen. */
  Mss: 10,
  /** Duplicate acknowledgments in a row, sent in this direction. */
  DuplicateAcks: 11,
  Retransmissions: 12,
  FastRetransmissions: 13,
  /** Sent again although it was acknowledged. */
  Spurious: 14,
  OutOfOrder: 15,
  /** Keep-alives in a row without a packet from the other side; the longest such run. */
  KeepAlives: 16,
  MostKeepAlives: 17,
  /** The segment that is sent again and again without progress; most repeats and its length. */
  RepeatSeq: 18,
  Repeats: 19,
  MostRepeats: 20,
  RepeatLength: 21,
  /** Longest segment in flight, and the longest that was acknowledged. */
  PendingEnd: 22,
  PendingLength: 23,
  LargestAcked: 24,
  ZeroWindows: 25,
  ZeroWindowFrame: 26,
  FirstRetransmissionFrame: 27,
  LastRetransmissionFrame: 28,
  /** The segment whose round trip is measured; frame 0: none. */
  TimedEnd: 29,
  TimedFrame: 30,
} as const;

/** Indexes into a conversation's `numbers`; `HandshakeNs` is NaN unless SYN and SYN-ACK were seen in this order. */
export const Measure = {
  First: 0,
  Last: 1,
  LastSyn: 2,
  HandshakeNs: 3,
  Bytes: 4,
  /** When the client sent data that is not answered yet; 0: none. */
  RequestNs: 5,
  /** Longest time from the client's data to the server's. */
  ServerNs: 6,
  /** Longest silence that data ended, and when that was. */
  IdleNs: 7,
  IdleEndNs: 8,
  ResetNs: 9,
  Direction0: 10,
  Direction1: 20,
} as const;

/** Offsets within a direction's block of `numbers`; 0 means "not yet". */
export const SideMeasure = {
  LastNs: 0,
  LastDataNs: 1,
  DuplicateAckNs: 2,
  /** Since when the window that this side offers is closed, and the longest time that it was. */
  ZeroSinceNs: 3,
  LongestZeroNs: 4,
  TimedNs: 5,
  /** Smoothed round trip of this side's data (RFC 6298). */
  RttNs: 6,
  HoleNs: 7,
  RepeatNs: 8,
} as const;

const WORDS = 104;
const NUMBERS = 30;
/** In words; even, as doubles must be aligned. */
const STRIDE = WORDS + 2 * NUMBERS;

/** Bits of `Word.State`. */
export const State = {
  Syn: 1,
  SynAck: 2,
  /** The client sent something else than SYN or RST. */
  ClientWentOn: 4,
  /** The server sent something else than RST. */
  ServerSpoke: 8,
  Refused: 16,
  Rejected: 32,
  AnsweredByOther: 64,
  /** Only the answers of a host that was not asked; belongs to another conversation. */
  Shadow: 128,
  ClientReset: 256,
  ServerReset: 512,
  ClientFin: 1024,
  ServerFin: 2048,
  SeqKnown0: 4096,
  SeqKnown1: 8192,
  Hole0: 16384,
  Hole1: 32768,
  AckKnown0: 65536,
  AckKnown1: 131072,
  /** The reset came after a FIN: it only tidies up. */
  ResetAfterFin: 262144,
  /** The server reset while the client's data was not answered. */
  ResetUnanswered: 524288,
  /** The server's FIN came before any of the client. */
  ServerFinFirst: 1048576,
  /** The server accepted the connection after it had refused it, without being asked again. */
  AcceptedAfterReset: 2097152,
  /** The server answered the SYN with an acknowledgment of an older connection (RFC 5961 §4). */
  ChallengedSyn: 4194304,
} as const;

/** Conversations that are followed at once, 20 MB; more than that are folded into their groups early. */
const CAPACITY = 1 << 15;

/** The conversations that are being followed, found by address and port in either direction. */
export class ConversationTable {
  readonly records: RecordTable;
  /** The doubles of each record from {@link numberBase} on, laid out as {@link Measure}. */
  readonly numbers: Float64Array;
  /** After {@link find}: whether the packet goes from server to client. */
  fromServer = false;
  readonly #seed: number;
  /** The last conversation that was found or opened: packets travel in bursts. */
  #recent = 0;

  constructor(seed: number, evict: (index: number) => void) {
    this.#seed = seed;
    this.records = new RecordTable(CAPACITY, STRIDE, evict);
    this.numbers = new Float64Array(this.records.words.buffer);
  }

  /** Index of a conversation's first word in `records.words`. */
  base(index: number): number {
    return index * STRIDE;
  }

  /** Index of a conversation's first double in `numbers`. */
  numberBase(index: number): number {
    return (index * STRIDE + WORDS) / 2;
  }

  /** The conversation of a TCP or UDP packet, -1 if it is new; sets {@link fromServer}. */
  find(packet: Packet): number {
    const meta = (packet.ipProtocol << 8) | packet.ipVersion;
    const forward = (packet.srcPort << 16) | packet.dstPort;
    const backward = (packet.dstPort << 16) | packet.srcPort;
    if (this.#isOf(this.#recent, packet, meta, forward, backward)) return this.#recent;
    const { records } = this;
    const hash = this.#hash(packet);
    for (let index = records.first(hash); index >= 0; index = records.next(index)) {
      if (records.hashOf(index) === hash && this.#isOf(index, packet, meta, forward, backward))
        return (this.#recent = index);
    }
    return -1;
  }

  /** Whether the packet belongs to a conversation; sets {@link fromServer} if so. */
  #isOf(index: number, packet: Packet, meta: number, forward: number, backward: number): boolean {
    const { words } = this.records;
    const at = index * STRIDE;
    if (words[at + Word.Meta] !== meta) return false;
    const ports = words[at + Word.Ports];
    if (
      ports === forward &&
      sameSource(words, at + Word.Client, packet) &&
      sameDestination(words, at + Word.Server, packet)
    ) {
      this.fromServer = false;
      return true;
    }
    if (
      ports === backward &&
      sameSource(words, at + Word.Server, packet) &&
      sameDestination(words, at + Word.Client, packet)
    ) {
      this.fromServer = true;
      return true;
    }
    return false;
  }

  /** The conversation whose client sent the packet that an ICMP error quotes, -1 if there is none. */
  findQuoted(packet: Packet): number {
    const { records } = this;
    const { words } = records;
    const meta = (packet.quoteProtocol << 8) | packet.quoteVersion;
    const ports = (packet.quoteSrcPort << 16) | packet.quoteDstPort;
    const source = endpointHash(
      this.#seed,
      packet.quoteSrc0,
      packet.quoteSrc1,
      packet.quoteSrc2,
      packet.quoteSrc3,
      packet.quoteSrcPort,
    );
    const target = endpointHash(
      this.#seed,
      packet.quoteDst0,
      packet.quoteDst1,
      packet.quoteDst2,
      packet.quoteDst3,
      packet.quoteDstPort,
    );
    const hash = finish((source + target) ^ packet.quoteProtocol);
    for (let index = records.first(hash); index >= 0; index = records.next(index)) {
      if (records.hashOf(index) !== hash) continue;
      const at = index * STRIDE;
      if (words[at + Word.Meta] !== meta || words[at + Word.Ports] !== ports) continue;
      if (
        words[at] === packet.quoteSrc0 &&
        words[at + 1] === packet.quoteSrc1 &&
        words[at + 2] === packet.quoteSrc2 &&
        words[at + 3] === packet.quoteSrc3 &&
        words[at + 4] === packet.quoteDst0 &&
        words[at + 5] === packet.quoteDst1 &&
        words[at + 6] === packet.quoteDst2 &&
        words[at + 7] === packet.quoteDst3
      ) {
        return index;
      }
    }
    return -1;
  }

  /** Opens a conversation whose client is the packet's sender or, if `fromServer`, its receiver. */
  open(packet: Packet, timeNs: number, fromServer: boolean): number {
    const index = this.records.insert(this.#hash(packet));
    this.#begin(index, packet, timeNs, fromServer);
    this.#recent = index;
    return index;
  }

  /** Begins a conversation in a record that is in the right chain (a port pair that is used again). */
  begin(index: number, packet: Packet, timeNs: number, fromServer: boolean): void {
    this.records.clear(index);
    this.#begin(index, packet, timeNs, fromServer);
  }

  /** Fills in a record that is all zeros. */
  #begin(index: number, packet: Packet, timeNs: number, fromServer: boolean): void {
    const { words } = this.records;
    const at = index * STRIDE;
    const source = fromServer ? Word.Server : Word.Client;
    const target = fromServer ? Word.Client : Word.Server;
    words[at + source] = packet.src0;
    words[at + source + 1] = packet.src1;
    words[at + source + 2] = packet.src2;
    words[at + source + 3] = packet.src3;
    words[at + target] = packet.dst0;
    words[at + target + 1] = packet.dst1;
    words[at + target + 2] = packet.dst2;
    words[at + target + 3] = packet.dst3;
    words[at + Word.Ports] = fromServer
      ? (packet.dstPort << 16) | packet.srcPort
      : (packet.srcPort << 16) | packet.dstPort;
    words[at + Word.Meta] = (packet.ipProtocol << 8) | packet.ipVersion;
    words[at + Word.FirstFrame] = packet.frameNumber;
    const number = this.numberBase(index);
    this.numbers[number + Measure.First] = timeNs;
    this.numbers[number + Measure.Last] = timeNs;
    this.numbers[number + Measure.HandshakeNs] = Number.NaN;
    this.fromServer = fromServer;
  }

  #hash(packet: Packet): number {
    const source = endpointHash(
      this.#seed,
      packet.src0,
      packet.src1,
      packet.src2,
      packet.src3,
      packet.srcPort,
    );
    const target = endpointHash(
      this.#seed,
      packet.dst0,
      packet.dst1,
      packet.dst2,
      packet.dst3,
      packet.dstPort,
    );
    // A sum does not depend on the order, so both directions meet in one chain.
    return finish((source + target) ^ packet.ipProtocol);
  }
}

function endpointHash(seed: number, w0: number, w1: number, w2: number, w3: number, port: number): number {
  let hash = mix(mix(seed, w0), port);
  if ((w1 | w2 | w3) !== 0) hash = mix(mix(mix(hash, w1), w2), w3);
  return finish(hash);
}

function sameSource(words: Int32Array, at: number, packet: Packet): boolean {
  return (
    words[at] === packet.src0 &&
    words[at + 1] === packet.src1 &&
    words[at + 2] === packet.src2 &&
    words[at + 3] === packet.src3
  );
}

function sameDestination(words: Int32Array, at: number, packet: Packet): boolean {
  return (
    words[at] === packet.dst0 &&
    words[at + 1] === packet.dst1 &&
    words[at + 2] === packet.dst2 &&
    words[at + 3] === packet.dst3
  );
}
