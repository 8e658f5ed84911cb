import { PacketKind } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { finish } from './record-table.ts';
import { firstSackEnd } from './sack.ts';

/*
 * The same packet captured several times – on several interfaces, before and after routing, in and
 * outside a tunnel – is the largest source of false retransmissions. Copies agree in addresses, ports,
 * IP identification, sequence numbers, flags, lengths, TCP time stamp and the first bytes of a datagram;
 * time to live, MAC address, interface and encapsulation may differ. A true retransmission has another
 * identification or time stamp.
 */

/**
 * Recent packets that are remembered, in sets of {@link WAYS}. Few enough to stay in the processor's
 * second cache, where four times as many in sets of one would find hardly more copies.
 */
const SETS = 1 << 11;
const WAYS = 4;
/** Copies along one node's path are microseconds to a few milliseconds apart. */
const WINDOW_NS = 100e6;
/** Where neither identification nor time stamp tells two packets apart, only near ones are copies. */
const NEAR_WINDOW_NS = 1e6;

/** Remembers recent packets by a 64-bit fingerprint; within a set the oldest one makes room. */
export class DuplicateFilter {
  /** Four words for each packet: both halves of the fingerprint, then the time as a double, side by side in memory. */
  readonly #words = new Int32Array(SETS * WAYS * 4);
  readonly #times = new Float64Array(this.#words.buffer);
  /** Which of its packets each set replaces next. */
  readonly #oldest = new Uint8Array(SETS);
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    for (let at = 1; at < this.#times.length; at += 2) this.#times[at] = Number.NEGATIVE_INFINITY;
  }

  /** Whether this packet is a copy of one that was seen just before; remembers it if not. */
  isCopy(packet: Packet, timeNs: number): boolean {
    if (packet.ipVersion === 0) return false;
    // Two hashes that do not wait for each other; each takes in what changes from packet to packet.
    const ports = (packet.srcPort << 16) | packet.dstPort;
    let low = stir(this.#seed, packet.src0);
    let high = stir(~this.#seed, packet.dst0);
    if (packet.ipVersion === 6) {
      low = stir(stir(stir(low, packet.src1), packet.src2), packet.src3);
      high = stir(stir(stir(high, packet.dst1), packet.dst2), packet.dst3);
    }
    low = stir(stir(low, (packet.ipId << 16) | (packet.ipProtocol << 8) | packet.tcpFlags), ports);
    let told = packet.ipId !== 0;
    if (packet.kind === PacketKind.Tcp) {
      const windowAndLength = (packet.window << 16) ^ packet.payloadLength;
      low = stir(stir(low, packet.seq), windowAndLength);
      high = stir(stir(stir(high, packet.ack), packet.tsVal), packet.seq);
      if (packet.tsVal !== 0) told = true;
      if (packet.ipId === 0 && packet.payloadLength === 0) high = stir(high, firstSackEnd(packet));
    } else {
      const place = (packet.fragmentOffset << 16) ^ packet.ipPayloadLength;
      low = stir(stir(low, packet.checksum), place);
      high = stir(stir(stir(high, place), ports), packet.checksum);
      // A checksum that is left to the network card is equal for all datagrams of one length, and without
      // identification (IPv6, sockets that are not connected) only the payload tells a burst of them apart.
      if (packet.kind === PacketKind.Udp && packet.payloadCaptured >= 8) {
        low = stir(low, packet.view.getInt32(packet.payloadOffset));
        high = stir(high, packet.view.getInt32(packet.payloadOffset + 4));
      }
    }
    return this.#isKnown(low, high, timeNs, told ? WINDOW_NS : NEAR_WINDOW_NS);
  }

  #isKnown(low: number, high: number, timeNs: number, windowNs: number): boolean {
    const set = finish(low ^ high) & (SETS - 1);
    const words = this.#words;
    const times = this.#times;
    const from = set * WAYS * 4;
    let at = from;
    while (at < from + WAYS * 4 && (words[at] !== low || words[at + 1] !== high)) at += 4;
    if (at === from + WAYS * 4) {
      const oldest = this.#oldest[set] as number;
      this.#oldest[set] = (oldest + 1) & (WAYS - 1);
      at = from + oldest * 4;
    } else if (Math.abs(timeNs - (times[(at >> 1) + 1] as number)) <= windowNs) return true;
    words[at] = low;
    words[at + 1] = high;
    times[(at >> 1) + 1] = timeNs;
    return false;
  }
}

/** A third of the work of `mix`; two of these side by side tell enough packets apart. */
function stir(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1 | 0);
  return h ^ (h >>> 15);
}
