import { DnsMessage, DnsRcode } from '../dissect/dns.ts';
import type { Packet } from '../dissect/packet.ts';
import { addressText, endpointText } from './address.ts';
import type { DnsName } from './dns-names.ts';
import { DnsNameTable } from './dns-names.ts';
import { NamePool } from './name-pool.ts';
import { finish, mix, RecordTable } from './record-table.ts';

const CAPACITY = 1 << 14;
const NUMBERS = 2;
/** Longest chain that is searched; all queries from one port with one hash would be an attack. */
const MAX_CHAIN = 256;
/** Answers that are remembered, so that a second one is not taken for that of another server. */
const ANSWERED = 1 << 12;
/** A query without an answer is judged at this age. */
const UNANSWERED_NS = 1.5e9;

/** The first eleven words are the key; {@link DnsNameTable} reads client, server, name and type from them. */
const Query = {
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
} as const;
const STRIDE = 14;

/** Joins DNS queries with their answers, over UDP and TCP, and counts how each name fared. */
export class DnsTransactions {
  readonly names: NamePool;
  readonly results: DnsNameTable;
  readonly message: DnsMessage = new DnsMessage();
  readonly #records: RecordTable;
  readonly #numbers = new Float64Array(CAPACITY * NUMBERS);
  /** Fingerprints of client, port, id and server of recent answers, direct-mapped. */
  readonly #answered = new Int32Array(ANSWERED);
  readonly #seed: number;
  #nowNs = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.names = new NamePool(seed);
    this.results = new DnsNameTable(seed);
    this.#records = new RecordTable(CAPACITY, STRIDE, (index) => this.#fold(index, this.#nowNs));
  }

  /** Takes a message in `packet.view[from, to)`, sent by the packet's sender; false if it is no DNS message. */
  take(packet: Packet, from: number, to: number, timeNs: number): boolean {
    const { message } = this;
    if (!message.read(packet.view, from, to)) return false;
    this.#nowNs = timeNs;
    if (message.isResponse) this.#response(packet, timeNs);
    else this.#query(packet, timeNs);
    return true;
  }

  /** Takes an ICMP error that quotes a query: every query still open from that port to that server was rejected. */
  rejected(packet: Packet, timeNs: number): void {
    this.#nowNs = timeNs;
    const hash = this.#hash(packet.quoteSrc0, packet.quoteSrc3, packet.quoteSrcPort);
    const { view, end, quotePayloadOffset } = packet;
    const id =
      quotePayloadOffset > 0 && quotePayloadOffset + 2 <= end ? view.getUint16(quotePayloadOffset) : -1;
    const { words } = this.#records;
    for (let index = this.#records.first(hash), steps = 0; index >= 0 && steps < MAX_CHAIN; steps++) {
      const at = index * STRIDE;
      const following = this.#records.next(index);
      const portId = words[at + Query.PortId] as number;
      if (
        portId >>> 16 === packet.quoteSrcPort &&
        (id < 0 || (portId & 0xffff) === id) &&
        isQuoted(words, at, packet)
      ) {
        const name = this.#result(index);
        const sentNs = this.#numbers[index * NUMBERS] as number;
        name.rejected.add(sentNs, timeNs, words[at + Query.FirstFrame] as number, packet.frameNumber);
        const sender = addressText(packet.ipVersion, packet.src0, packet.src1, packet.src2, packet.src3);
        if (name.icmp.size < 8) name.icmp.add(`${sender} ${packet.icmpType} ${packet.icmpCode}`);
        this.#count(name, index);
        this.#records.remove(index);
      }
      index = following;
    }
  }

  /** Judges the queries that are still open; `endNs` is the time of the last packet. */
  end(endNs: number): void {
    this.#records.forEach((index) => this.#fold(index, endNs));
  }

  #query(packet: Packet, timeNs: number): void {
    const { message } = this;
    const nameId = this.names.id(message);
    const meta = this.#meta(packet);
    const hash = this.#hash(packet.src0, packet.src3, packet.srcPort);
    const portId = (packet.srcPort << 16) | message.id;
    const { words } = this.#records;
    for (
      let index = this.#records.first(hash), steps = 0;
      index >= 0 && steps < MAX_CHAIN;
      index = this.#records.next(index), steps++
    ) {
      const at = index * STRIDE;
      if (
        words[at + Query.PortId] === portId &&
        words[at + Query.NameId] === nameId &&
        words[at + Query.TypeMeta] === meta &&
        sameAddresses(words, at, packet)
      ) {
        words[at + Query.Sent] = (words[at + Query.Sent] as number) + 1;
        if (words[at + Query.SecondFrame] === 0) words[at + Query.SecondFrame] = packet.frameNumber;
        this.#numbers[index * NUMBERS + 1] = timeNs;
        this.#records.touch(index);
        return;
      }
    }
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
    words[at + Query.PortId] = portId;
    words[at + Query.NameId] = nameId;
    words[at + Query.TypeMeta] = meta;
    words[at + Query.FirstFrame] = packet.frameNumber;
    words[at + Query.Sent] = 1;
    this.#numbers[index * NUMBERS] = timeNs;
    this.#numbers[index * NUMBERS + 1] = timeNs;
  }

  #response(packet: Packet, timeNs: number): void {
    const exact = this.#find(packet, true);
    const answer = this.#answerHash(packet);
    const slot = answer & (ANSWERED - 1);
    if (exact >= 0) this.#answered[slot] = answer;
    // Who was asked twice answers twice, while another server that was asked with this id is still thinking.
    else if (this.#answered[slot] === answer) return;
    const index = exact >= 0 ? exact : this.#find(packet, false);
    if (index < 0) return;
    const name = this.#result(index);
    const at = index * STRIDE;
    const { words } = this.#records;
    const sentNs = this.#numbers[index * NUMBERS] as number;
    const queryFrame = words[at + Query.FirstFrame] as number;
    if (exact < 0) {
      name.answeredByOther.add(sentNs, timeNs, queryFrame, packet.frameNumber);
      const other = addressText(packet.ipVersion, packet.src0, packet.src1, packet.src2, packet.src3);
      if (name.others.size < 8) name.others.add(endpointText(other, packet.srcPort));
    } else this.#countAnswer(name, timeNs - sentNs, sentNs, timeNs, queryFrame, packet.frameNumber);
    this.#count(name, index);
    this.#records.remove(index);
  }

  #countAnswer(
    name: DnsName,
    tookNs: number,
    sentNs: number,
    timeNs: number,
    queryFrame: number,
    answerFrame: number,
  ): void {
    const { message } = this;
    name.answers.add(tookNs);
    switch (message.rcode) {
      case DnsRcode.NoError:
        if (message.answers > 0 || message.truncated) name.noError++;
        else name.noData++;
        break;
      case DnsRcode.NxDomain:
        name.nxdomain.add(sentNs, timeNs, queryFrame, answerFrame);
        name.nxdomainAnswers.add(tookNs);
        break;
      case DnsRcode.ServFail:
        name.servfail.add(sentNs, timeNs, queryFrame, answerFrame);
        break;
      case DnsRcode.Refused:
        name.refused.add(sentNs, timeNs, queryFrame, answerFrame);
        break;
      default:
        name.otherError.add(sentNs, timeNs, queryFrame, answerFrame);
    }
  }

  /** The open query that a response answers; without `fromServer` it may come from any address. */
  #find(packet: Packet, fromServer: boolean): number {
    const { message } = this;
    const nameId = message.hasQuestion ? this.names.id(message) : -1;
    const meta = this.#meta(packet);
    const hash = this.#hash(packet.dst0, packet.dst3, packet.dstPort);
    const portId = (packet.dstPort << 16) | message.id;
    const { words } = this.#records;
    for (
      let index = this.#records.first(hash), steps = 0;
      index >= 0 && steps < MAX_CHAIN;
      index = this.#records.next(index), steps++
    ) {
      const at = index * STRIDE;
      if (words[at + Query.PortId] !== portId) continue;
      if (nameId >= 0 && (words[at + Query.NameId] !== nameId || words[at + Query.TypeMeta] !== meta))
        continue;
      if (
        words[at] !== packet.dst0 ||
        words[at + 1] !== packet.dst1 ||
        words[at + 2] !== packet.dst2 ||
        words[at + 3] !== packet.dst3
      )
        continue;
      if (
        !fromServer ||
        (words[at + 4] === packet.src0 &&
          words[at + 5] === packet.src1 &&
          words[at + 6] === packet.src2 &&
          words[at + 7] === packet.src3)
      ) {
        return index;
      }
    }
    return -1;
  }

  #fold(index: number, endNs: number): void {
    const name = this.#result(index);
    const firstNs = this.#numbers[index * NUMBERS] as number;
    const at = index * STRIDE;
    const { words } = this.#records;
    if (endNs - firstNs < UNANSWERED_NS) name.pending++;
    else {
      const lastNs = this.#numbers[index * NUMBERS + 1] as number;
      name.unanswered.add(
        firstNs,
        lastNs,
        words[at + Query.FirstFrame] as number,
        words[at + Query.SecondFrame] as number,
      );
    }
    this.#count(name, index);
  }

  #count(name: DnsName, index: number): void {
    const sent = this.#records.words[index * STRIDE + Query.Sent] as number;
    name.queries++;
    if (sent > 1) name.retried++;
    const firstNs = this.#numbers[index * NUMBERS] as number;
    if (firstNs < name.firstNs) name.firstNs = firstNs;
    if (this.#nowNs > name.lastNs) name.lastNs = this.#nowNs;
  }

  /** The collected result that a query belongs to. */
  #result(index: number): DnsName {
    const { words } = this.#records;
    const at = index * STRIDE;
    return this.results.of(
      words,
      at,
      words[at + Query.NameId] as number,
      words[at + Query.TypeMeta] as number,
    );
  }

  #meta(packet: Packet): number {
    return (packet.ipProtocol << 24) | (packet.ipVersion << 16) | this.message.questionType;
  }

  #answerHash(packet: Packet): number {
    const client = mix(this.#hash(packet.dst0, packet.dst3, packet.dstPort), this.message.id);
    return finish(mix(mix(mix(mix(client, packet.src0), packet.src1), packet.src2), packet.src3));
  }

  #hash(w0: number, w3: number, port: number): number {
    return finish(mix(mix(mix(this.#seed, w0), w3), port));
  }
}

function sameAddresses(words: Int32Array, at: number, packet: Packet): boolean {
  return (
    words[at] === packet.src0 &&
    words[at + 1] === packet.src1 &&
    words[at + 2] === packet.src2 &&
    words[at + 3] === packet.src3 &&
    words[at + 4] === packet.dst0 &&
    words[at + 5] === packet.dst1 &&
    words[at + 6] === packet.dst2 &&
    words[at + 7] === packet.dst3
  );
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
