import type { Packet } from '../dissect/packet.ts';
import { isDestination, isSource } from './packet-ends.ts';
import { finish, mix, RecordTable } from './record-table.ts';

const CAPACITY = 1 << 14;
const NUMBERS = 2;
/** Longest chain that is searched; all queries from one port with one hash would be an attack. */
const MAX_CHAIN = 256;
/** The words of an open query. The first eleven are the key; the table of names reads client, server, name and type from them. */
export const Query = {
  Client: 0,
  Server: 4,
  /** Client port in the upper half, id in the lower. */
  PortId: 8,
  NameId: 9,
  /** Type in the low half, IP version above, then the protocol. */
  TypeMeta: 10,
  FirstFrame: 11,
  SecondFrame: 12,
  Sent: 13,
  /** How the other one of a pair of A and AAAA fared, see {@link Twin}. */
  Twin: 14,
} as const;
const STRIDE = 15;

/*
 * glibc asks for A and AAAA from one port at once. Where two such datagrams race for one entry of the node's
 * connection tracking, one is lost, and glibc asks again after 5 s (resolv.conf(5), timeout).
 */
const Twin = { None: 0, Asked: 1, Answered: 2, AskedAgain: 3 } as const;
const TWIN_NS = 5e6;
const TWIN_ANSWER_NS = 100e6;
const RESOLVER_TIMEOUT_NS = { least: 4.7e9, most: 5.3e9 } as const;
const TYPE_A = 1;
const TYPE_AAAA = 28;

/** The DNS queries that are not answered yet, found by client address and port. */
export class DnsQueries {
  /** Record `i` begins at {@link base}. */
  readonly words: Int32Array;
  readonly #records: RecordTable;
  /** When each query was first and last sent. */
  readonly #times = new Float64Array(CAPACITY * NUMBERS);
  readonly #seed: number;

  constructor(seed: number, evict: (index: number) => void) {
    this.#seed = seed;
    this.#records = new RecordTable(CAPACITY, STRIDE, evict);
    this.words = this.#records.words;
  }

  base(index: number): number {
    return index * STRIDE;
  }

  /** A field of {@link Query}. */
  word(index: number, field: number): number {
    return this.words[index * STRIDE + field] as number;
  }

  firstNs(index: number): number {
    return this.#times[index * NUMBERS] as number;
  }

  lastNs(index: number): number {
    return this.#times[index * NUMBERS + 1] as number;
  }

  remove(index: number): void {
    this.#records.remove(index);
  }

  forEach(each: (index: number) => void): void {
    this.#records.forEach(each);
  }

  /** The open query that this packet sends once more, -1 if there is none. */
  findSame(packet: Packet, id: number, nameId: number, type: number): number {
    const { words } = this;
    const meta = metaOf(packet, type);
    const portId = (packet.srcPort << 16) | id;
    const hash = this.#hash(packet.src0, packet.src3, packet.srcPort);
    for (
      let index = this.#records.first(hash), steps = 0;
      index >= 0 && steps < MAX_CHAIN;
      index = this.#records.next(index), steps++
    ) {
      const at = index * STRIDE;
      if (words[at + Query.PortId] !== portId || words[at + Query.NameId] !== nameId) continue;
      if (
        words[at + Query.TypeMeta] === meta &&
        isSource(words, at, packet) &&
        isDestination(words, at + 4, packet)
      )
        return index;
    }
    return -1;
  }

  /** Opens a query that this packet sends. */
  add(packet: Packet, id: number, nameId: number, type: number, timeNs: number): number {
    const { words } = this;
    const hash = this.#hash(packet.src0, packet.src3, packet.srcPort);
    const index = this.#records.insert(hash);
    const at = index * STRIDE;
    words[at] = packet.src0;
    words[at + 1] = packet.src1;
    words[at + 2] = packet.src2;
    words[at + 3] = packet.src3;
    words[at + 4] = packet.dst0;
    words[at + 5] = packet.dst1;
    words[at + 6] = packet.dst2;
    words[at + 7] = packet.dst3;
    words[at + Query.PortId] = (packet.srcPort << 16) | id;
    words[at + Query.NameId] = nameId;
    words[at + Query.TypeMeta] = metaOf(packet, type);
    words[at + Query.FirstFrame] = packet.frameNumber;
    words[at + Query.Sent] = 1;
    this.#times[index * NUMBERS] = timeNs;
    this.#times[index * NUMBERS + 1] = timeNs;
    const twin = this.#twin(index, timeNs);
    if (twin >= 0) words[at + Query.Twin] = words[twin * STRIDE + Query.Twin] = Twin.Asked;
    return index;
  }

  /** A query was sent once more. */
  repeat(index: number, frame: number, timeNs: number): void {
    const { words } = this;
    const at = index * STRIDE;
    words[at + Query.Sent] = (words[at + Query.Sent] as number) + 1;
    if (words[at + Query.SecondFrame] === 0) words[at + Query.SecondFrame] = frame;
    const apartNs = timeNs - this.lastNs(index);
    const timedOut = apartNs >= RESOLVER_TIMEOUT_NS.least && apartNs <= RESOLVER_TIMEOUT_NS.most;
    if (timedOut && words[at + Query.Twin] === Twin.Answered) words[at + Query.Twin] = Twin.AskedAgain;
    this.#times[index * NUMBERS + 1] = timeNs;
    this.#records.touch(index);
  }

  /**
   * One of a pair of A and AAAA is answered: the other one knows it from now on. Returns the frame in which
   * this one was sent again after it had been lost while the other one was answered, 0 if that was not so.
   */
  answerTwin(index: number, timeNs: number): number {
    const { words } = this;
    const fate = this.word(index, Query.Twin);
    if (fate === Twin.AskedAgain) return this.word(index, Query.SecondFrame);
    if (fate !== Twin.Asked || timeNs - this.firstNs(index) > TWIN_ANSWER_NS) return 0;
    const twin = this.#twin(index, this.firstNs(index));
    if (twin >= 0) words[twin * STRIDE + Query.Twin] = Twin.Answered;
    return 0;
  }

  /** The open query for the other address type that was sent at the same time from the same port, -1 if there is none. */
  #twin(index: number, timeNs: number): number {
    const { words } = this;
    const at = index * STRIDE;
    const meta = words[at + Query.TypeMeta] as number;
    const type = meta & 0xffff;
    if (type !== TYPE_A && type !== TYPE_AAAA) return -1;
    const other = (meta & ~0xffff) | (type === TYPE_A ? TYPE_AAAA : TYPE_A);
    const port = (words[at + Query.PortId] as number) >>> 16;
    const hash = this.#records.hashOf(index);
    for (
      let twin = this.#records.first(hash), steps = 0;
      twin >= 0 && steps < MAX_CHAIN;
      twin = this.#records.next(twin), steps++
    ) {
      const twinAt = twin * STRIDE;
      if (
        words[twinAt + Query.TypeMeta] !== other ||
        words[twinAt + Query.NameId] !== words[at + Query.NameId]
      )
        continue;
      if (
        (words[twinAt + Query.PortId] as number) >>> 16 !== port ||
        Math.abs(timeNs - this.firstNs(twin)) > TWIN_NS
      )
        continue;
      let word = 0;
      while (word < 8 && words[twinAt + word] === words[at + word]) word++;
      if (word === 8) return twin;
    }
    return -1;
  }

  /**
   * The open query to which this packet has an answer, -1 if there is none: with a `nameId` of -1 to any
   * question, without `fromServer` from any address.
   */
  findAnswered(packet: Packet, id: number, nameId: number, type: number, fromServer: boolean): number {
    const { words } = this;
    const meta = metaOf(packet, type);
    const portId = (packet.dstPort << 16) | id;
    const hash = this.#hash(packet.dst0, packet.dst3, packet.dstPort);
    for (
      let index = this.#records.first(hash), steps = 0;
      index >= 0 && steps < MAX_CHAIN;
      index = this.#records.next(index), steps++
    ) {
      const at = index * STRIDE;
      if (words[at + Query.PortId] !== portId || !isDestination(words, at, packet)) continue;
      if (nameId >= 0 && (words[at + Query.NameId] !== nameId || words[at + Query.TypeMeta] !== meta))
        continue;
      if (!fromServer || isSource(words, at + 4, packet)) return index;
    }
    return -1;
  }

  /** Calls `each` for the open queries from the quoted port to the quoted server; `id` -1: all of them. It may remove them. */
  forQuoted(packet: Packet, id: number, each: (index: number) => void): void {
    const { words } = this;
    const hash = this.#hash(packet.quoteSrc0, packet.quoteSrc3, packet.quoteSrcPort);
    for (let index = this.#records.first(hash), steps = 0; index >= 0 && steps < MAX_CHAIN; steps++) {
      const at = index * STRIDE;
      const following = this.#records.next(index);
      const portId = words[at + Query.PortId] as number;
      const isMeant = portId >>> 16 === packet.quoteSrcPort && (id < 0 || (portId & 0xffff) === id);
      if (isMeant && isQuoted(words, at, packet)) each(index);
      index = following;
    }
  }

  #hash(w0: number, w3: number, port: number): number {
    return finish(mix(mix(mix(this.#seed, w0), w3), port));
  }
}

function metaOf(packet: Packet, type: number): number {
  return (packet.ipProtocol << 24) | (packet.ipVersion << 16) | type;
}

function isQuoted(words: Int32Array, at: number, packet: Packet): boolean {
  return (
    words[at] === packet.quoteSrc0 &&
    words[at + 1] === packet.quoteSrc1 &&
    words[at + 2] === packet.quoteSrc2 &&
    words[at + 3] === packet.quoteSrc3 &&
    words[at + 4] === packet.quoteDst0 &&
    words[at + 5] === packet.quoteDst1 &&
    words[at + 6] === packet.quoteDst2 &&
    words[at + 7] === packet.quoteDst3
  );
}
