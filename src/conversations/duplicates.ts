import { PacketKind } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { finish, mix } from './record-table.ts';

/*
 * The same packet captured several times – on several interfaces, before and after routing, in and
 * outside a tunnel – is the largest source of false retransmissions. Copies agree in addresses, ports,
 * IP identification, sequence numbers, flags, lengths and TCP time stamp; time to live, MAC address,
 * interface and encapsulation may differ. A true retransmission has another identification or time stamp.
 */

/** Recent packets that are remembered; at 1 Mpps that is more than the window holds, but copies are µs apart. */
const SLOTS = 1 << 15;
/** Copies along one node's path are microseconds to a few milliseconds apart. */
const WINDOW_NS = 100e6;
/** Where neither identification nor time stamp tells two packets apart, only near ones are copies. */
const NEAR_WINDOW_NS = 1e6;

/** Remembers recent packets by a 64-bit fingerprint in a direct-mapped table. */
export class DuplicateFilter {
  readonly #low = new Int32Array(SLOTS);
  readonly #high = new Int32Array(SLOTS);
  readonly #times = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Whether this packet is a copy of one that was seen just before; remembers it if not. */
  isCopy(packet: Packet, timeNs: number): boolean {
    if (packet.ipVersion === 0) return false;
    let hash = mix(this.#seed, packet.src0);
    hash = mix(hash, packet.dst0);
    hash = mix(hash, (packet.ipId << 16) | (packet.ipProtocol << 8) | packet.tcpFlags);
    let high = 0;
    if (packet.ipVersion === 6) {
      hash = mix(mix(mix(hash, packet.src1), packet.src2), packet.src3);
      hash = mix(mix(mix(hash, packet.dst1), packet.dst2), packet.dst3);
    }
    if (packet.kind === PacketKind.Tcp) {
      hash = mix(hash, (packet.srcPort << 16) | packet.dstPort);
      high = mix(mix(mix(hash, packet.seq), packet.ack), packet.tsVal);
      high = mix(high, (packet.window << 16) ^ packet.payloadLength);
    } else {
      hash = mix(hash, (packet.srcPort << 16) | packet.dstPort);
      high = mix(mix(hash, packet.checksum), (packet.fragmentOffset << 16) ^ packet.ipPayloadLength);
    }
    const slot = finish(hash ^ high) & (SLOTS - 1);
    const told = packet.ipId !== 0 || (packet.kind === PacketKind.Tcp && packet.tsVal !== 0);
    const apartNs = Math.abs(timeNs - (this.#times[slot] as number));
    if (this.#low[slot] === hash && this.#high[slot] === high && apartNs <= (told ? WINDOW_NS : NEAR_WINDOW_NS)) return true;
    this.#low[slot] = hash;
    this.#high[slot] = high;
    this.#times[slot] = timeNs;
    return false;
  }
}
