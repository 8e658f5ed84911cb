import { DnsMessage, DnsRcode } from '../dissect/dns.ts';
import type { Packet } from '../dissect/packet.ts';
import { addressText, endpointText } from './address.ts';
import { countDnsAnswer } from './dns-answer.ts';
import type { DnsName } from './dns-names.ts';
import { DnsNameTable } from './dns-names.ts';
import { DnsQueries, Query } from './dns-queries.ts';
import { HostNames } from './host-names.ts';
import { NamePool } from './name-pool.ts';
import { finish, mix } from './record-table.ts';
import { noteExample } from './samples.ts';

/** Port of DNS servers (RFC 1035 §4.2). */
export const DNS_PORT = 53;

const TCP = 6;
/** Answers that are remembered, so that a second one is not taken for that of another server. */
const ANSWERED = 1 << 12;
/** Answers to one question that are looked into for addresses: they rarely change within a capture. */
const MAX_READ_ANSWERS = 4;
/** A query without an answer is judged at this age. */
const UNANSWERED_NS = 1.5e9;

/** Joins DNS queries with their answers, over UDP and TCP, and counts how each name fared. */
export class DnsTransactions {
  readonly names: NamePool;
  readonly results: DnsNameTable;
  readonly message: DnsMessage = new DnsMessage();
  readonly hostNames: HostNames = new HostNames();
  readonly #queries: DnsQueries;
  /** Fingerprints of client, port, id and server of recent answers, direct-mapped. */
  readonly #answered = new Int32Array(ANSWERED);
  readonly #seed: number;
  #nowNs = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.names = new NamePool(seed);
    this.results = new DnsNameTable(seed);
    this.#queries = new DnsQueries(seed, (index) => this.#fold(index, this.#nowNs));
  }

  /** Takes a message in `packet.view[from, to)`, sent by the packet's sender; false if it is no DNS message. */
  take(packet: Packet, from: number, to: number, timeNs: number): boolean {
    const { message } = this;
    if (!message.read(packet.view, from, to)) return false;
    this.#nowNs = timeNs;
    if (message.isResponse) this.#response(packet, timeNs, to);
    else this.#query(packet, timeNs);
    return true;
  }

  /** Takes an ICMP error that quotes a query: every query still open from that port to that server was rejected. */
  rejected(packet: Packet, timeNs: number): void {
    this.#nowNs = timeNs;
    const { view, end, quotePayloadOffset } = packet;
    const id =
      quotePayloadOffset > 0 && quotePayloadOffset + 2 <= end ? view.getUint16(quotePayloadOffset) : -1;
    this.#queries.forQuoted(packet, id, (index) => {
      const name = this.#result(index);
      const queryFrame = this.#queries.word(index, Query.FirstFrame);
      noteExample(name.tally('rejected'), packet.quoteSrcPort);
      name.tally('rejected').add(this.#queries.firstNs(index), timeNs, queryFrame, packet.frameNumber);
      const sender = addressText(packet.ipVersion, packet.src0, packet.src1, packet.src2, packet.src3);
      name.note('icmp', `${sender} ${packet.icmpType} ${packet.icmpCode}`);
      this.#close(name, index);
    });
  }

  /** Judges the queries that are still open; `endNs` is the time of the last packet. */
  end(endNs: number): void {
    this.#queries.forEach((index) => this.#fold(index, endNs));
    for (const { truncation } of this.results.all) truncation?.end(endNs);
  }

  #query(packet: Packet, timeNs: number): void {
    const { message } = this;
    const queries = this.#queries;
    const nameId = this.names.id(message);
    const known = queries.findSame(packet, message.id, nameId, message.questionType);
    if (known >= 0) {
      queries.repeat(known, packet.frameNumber, timeNs);
      return;
    }
    const index = queries.add(packet, message.id, nameId, message.questionType, timeNs);
    if (packet.ipProtocol === TCP) this.#result(index).truncation?.resolve(timeNs);
  }

  #response(packet: Packet, timeNs: number, to: number): void {
    const exact = this.#find(packet, true, true);
    const answer = this.#answerHash(packet);
    const slot = answer & (ANSWERED - 1);
    if (exact >= 0) this.#answered[slot] = answer;
    // Who was asked twice answers twice, while another server that was asked with this id is still thinking.
    else if (this.#answered[slot] === answer) return;
    const index = exact >= 0 ? exact : this.#find(packet, false, true);
    if (index < 0) {
      this.#mismatched(packet, timeNs);
      return;
    }
    const name = this.#result(index);
    const sentNs = this.#queries.firstNs(index);
    const queryFrame = this.#queries.word(index, Query.FirstFrame);
    if (exact < 0) {
      noteExample(name.tally('answeredByOther'), packet.dstPort);
      name.tally('answeredByOther').add(sentNs, timeNs, queryFrame, packet.frameNumber);
      const other = addressText(packet.ipVersion, packet.src0, packet.src1, packet.src2, packet.src3);
      name.note('others', endpointText(other, packet.srcPort));
    } else {
      const again = this.#queries.answerTwin(index, timeNs);
      if (again > 0) {
        const race = name.symptom('race');
        noteExample(race, packet.dstPort);
        race.add(sentNs, timeNs, queryFrame, again, packet.frameNumber);
      }
      countDnsAnswer(name, this.message, sentNs, timeNs, queryFrame, packet.frameNumber, packet.dstPort);
      if (this.message.rcode === DnsRcode.NoError && name.noError <= MAX_READ_ANSWERS)
        this.#readAddresses(name, packet.view, to);
    }
    this.#close(name, index);
  }

  #readAddresses({ nameId }: DnsName, view: DataView, to: number): void {
    const text = this.names.text(nameId);
    this.message.forEachAddress(view, to, (version, w0, w1, w2, w3) =>
      this.hostNames.note(text, version, w0, w1, w2, w3),
    );
  }

  /** An answer with the id of an open query to that server, but to another question. */
  #mismatched(packet: Packet, timeNs: number): void {
    const index = this.message.hasQuestion ? this.#find(packet, true, false) : -1;
    if (index < 0) return;
    const mismatched = this.#result(index).symptom('mismatched');
    noteExample(mismatched, packet.dstPort);
    mismatched.add(
      this.#queries.firstNs(index),
      timeNs,
      this.#queries.word(index, Query.FirstFrame),
      packet.frameNumber,
    );
  }

  /** The open query that the response in `message` answers, -1 if there is none. */
  #find(packet: Packet, fromServer: boolean, toQuestion: boolean): number {
    const { message } = this;
    const nameId = toQuestion && message.hasQuestion ? this.names.id(message) : -1;
    return this.#queries.findAnswered(packet, message.id, nameId, message.questionType, fromServer);
  }

  #fold(index: number, endNs: number): void {
    const queries = this.#queries;
    const name = this.#result(index);
    const firstNs = queries.firstNs(index);
    if (endNs - firstNs < UNANSWERED_NS) name.pending++;
    else {
      const [first, second] = [queries.word(index, Query.FirstFrame), queries.word(index, Query.SecondFrame)];
      noteExample(name.tally('unanswered'), queries.word(index, Query.PortId) >>> 16);
      name.tally('unanswered').add(firstNs, queries.lastNs(index), first, second);
    }
    this.#count(name, index);
  }

  #close(name: DnsName, index: number): void {
    this.#count(name, index);
    this.#queries.remove(index);
  }

  #count(name: DnsName, index: number): void {
    name.queries++;
    if (this.#queries.word(index, Query.TypeMeta) >>> 24 === TCP) name.overTcp++;
    if (this.#queries.word(index, Query.Sent) > 1) name.retried++;
    const firstNs = this.#queries.firstNs(index);
    if (firstNs < name.firstNs) name.firstNs = firstNs;
    if (this.#nowNs > name.lastNs) name.lastNs = this.#nowNs;
  }

  /** The collected result that a query belongs to. */
  #result(index: number): DnsName {
    const queries = this.#queries;
    const nameId = queries.word(index, Query.NameId);
    return this.results.of(queries.words, queries.base(index), nameId, queries.word(index, Query.TypeMeta));
  }

  #answerHash(packet: Packet): number {
    const client = mix(mix(mix(mix(this.#seed, packet.dst0), packet.dst3), packet.dstPort), this.message.id);
    return finish(mix(mix(mix(mix(client, packet.src0), packet.src1), packet.src2), packet.src3));
  }
}
