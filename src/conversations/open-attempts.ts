import type { Packet } from '../dissect/packet.ts';
import { finish, mix } from './record-table.ts';

const SLOTS = 1 << 16;

/**
 * Remembers which conversation last sent a SYN from a client address and port, so that a SYN-ACK from
 * an address that was not dialled finds the attempt that it answers. Direct-mapped: what it returns is
 * a candidate that the caller must verify.
 */
export class OpenAttempts {
  readonly #indexes = new Int32Array(SLOTS);
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Notes that the packet's sender opened conversation `index`. */
  note(packet: Packet, index: number): void {
    this.#indexes[this.#slot(packet.src0, packet.src3, packet.srcPort)] = index + 1;
  }

  /** The conversation that the packet's receiver may have opened, -1 if none is known. */
  candidate(packet: Packet): number {
    return (this.#indexes[this.#slot(packet.dst0, packet.dst3, packet.dstPort)] as number) - 1;
  }

  #slot(w0: number, w3: number, port: number): number {
    return finish(mix(mix(mix(this.#seed, w0), w3), port)) & (SLOTS - 1);
  }
}
