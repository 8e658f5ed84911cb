import type { Packet } from '../dissect/packet.ts';
import { Measure, STRIDE, Word, WORDS } from './conversation-record.ts';
import { isDestination, isSource } from './packet-ends.ts';
import { finish, mix, RecordTable } from './record-table.ts';

/** Conversations that are followed at once, 11 MB; more than that, of those still open, are folded into their groups early. */
const CAPACITY = 1 << 14;
/** Fewer would fold what a busy pod has open. */
const MIN_CAPACITY = 1 << 10;

/** The conversations that are being followed, found by address and port in either direction. */
export class ConversationTable {
  readonly records: RecordTable;
  /** The doubles of each record from {@link numberBase} on, laid out as {@link Measure}. */
  readonly numbers: Float64Array;
  /** After {@link find}: whether the packet goes from server to client. */
  fromServer = false;
  /** After {@link find} found nothing: the hash that it looked for. */
  hash = 0;
  readonly #seed: number;
  /** The last conversation that was found or opened: packets travel in bursts. */
  #recent = 0;

  /** `share`: how many tables take the memory of one together. */
  constructor(seed: number, evict: (index: number) => void, share = 1) {
    this.#seed = seed;
    this.records = new RecordTable(capacityFor(share), STRIDE, evict);
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
    const network = networkOf(packet);
    if (this.#isOf(this.#recent, packet, meta, forward, backward) && this.#isIn(this.#recent, network))
      return this.#recent;
    const { records } = this;
    const hash = this.#hash(packet);
    let unseen = -1;
    for (let index = records.first(hash); index >= 0; index = records.next(index)) {
      if (records.hashOf(index) !== hash || !this.#isOf(index, packet, meta, forward, backward)) continue;
      if (this.#isIn(index, network)) return (this.#recent = index);
      if (this.#networkAt(index, this.fromServer) === 0) unseen = index;
    }
    if (unseen >= 0) {
      this.#isOf(unseen, packet, meta, forward, backward);
      this.#setNetwork(unseen, network);
      return (this.#recent = unseen);
    }
    this.hash = hash;
    return -1;
  }

  /** The network of one direction of a conversation, 0: no packet went there yet. */
  #networkAt(index: number, fromServer: boolean): number {
    return ((this.records.words[index * STRIDE + Word.Meta] as number) >>> (fromServer ? 24 : 16)) & 0xff;
  }

  #setNetwork(index: number, network: number): void {
    const { words } = this.records;
    const at = index * STRIDE + Word.Meta;
    words[at] = (words[at] as number) | (network << (this.fromServer ? 24 : 16));
  }

  /**
   * Whether this direction of a conversation goes through a network (see {@link networkOf}). The first packet of a
   * direction says; that it is the same as in the other one is likely, but VXLAN's identifier may be the sender's.
   */
  #isIn(index: number, network: number): boolean {
    const known = this.#networkAt(index, this.fromServer);
    if (known !== 0) return known === network;
    if (this.#networkAt(index, !this.fromServer) !== network) return false;
    this.#setNetwork(index, network);
    return true;
  }

  /** Whether the packet belongs to a conversation; sets {@link fromServer} if so. */
  #isOf(index: number, packet: Packet, meta: number, forward: number, backward: number): boolean {
    const { words } = this.records;
    const at = index * STRIDE;
    if (((words[at + Word.Meta] as number) & 0xffff) !== meta) return false;
    const ports = words[at + Word.Ports];
    if (
      ports === forward &&
      isSource(words, at + Word.Client, packet) &&
      isDestination(words, at + Word.Server, packet)
    ) {
      this.fromServer = false;
      return true;
    }
    if (
      ports === backward &&
      isSource(words, at + Word.Server, packet) &&
      isDestination(words, at + Word.Client, packet)
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
      if (((words[at + Word.Meta] as number) & 0xffff) !== meta || words[at + Word.Ports] !== ports) continue;
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

  /** After {@link find} found nothing: opens a conversation whose client is the packet's sender or, if `fromServer`, its receiver. */
  open(packet: Packet, timeNs: number, fromServer: boolean): number {
    const index = this.records.insert(this.hash);
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
    words[at + Word.Meta] =
      (networkOf(packet) << (fromServer ? 24 : 16)) | (packet.ipProtocol << 8) | packet.ipVersion;
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

/** A power of two. */
function capacityFor(share: number): number {
  return Math.max(MIN_CAPACITY, CAPACITY >> Math.ceil(Math.log2(Math.max(1, share))));
}

/**
 * 1 for packets without VLAN and tunnel, else 2 to 255 by the identifiers of both: the same addresses and ports in two
 * of them are two conversations. Interfaces do not count: the copies that a packet leaves on its way through a node
 * are dropped as they come, so which interface is left is chance.
 */
function networkOf({ vlanId, tunnelId }: Packet): number {
  if (vlanId < 0 && tunnelId < 0) return 1;
  return 2 + ((finish(mix(vlanId, tunnelId)) >>> 0) % 254);
}

function endpointHash(seed: number, w0: number, w1: number, w2: number, w3: number, port: number): number {
  let hash = mix(mix(seed, w0), port);
  if ((w1 | w2 | w3) !== 0) hash = mix(mix(mix(hash, w1), w2), w3);
  return finish(hash);
}
