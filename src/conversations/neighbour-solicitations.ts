import type { Packet } from '../dissect/packet.ts';
import { addressText } from './address.ts';
import { NeighbourTarget } from './neighbour-target.ts';
import { finish, mix } from './record-table.ts';

/** Most addresses that are asked for and followed. */
const MAX_TARGETS = 4096;
/** ICMPv6 types of neighbour discovery (RFC 4861 §4.3, §4.4). */
export const NeighbourMessage = { Solicitation: 135, Advertisement: 136 } as const;

interface Solicited {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly target: NeighbourTarget;
}

/** Follows neighbour solicitations by the address asked for, as ARP requests are. */
export class NeighbourSolicitations {
  readonly #targets = new Map<number, Solicited>();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get targets(): NeighbourTarget[] {
    return [...this.#targets.values()].map(({ target }) => target);
  }

  /** Takes a neighbour solicitation or advertisement. */
  take(packet: Packet, timeNs: number): void {
    const { src0, src1, src2, src3, ndTarget0: w0, ndTarget1: w1, ndTarget2: w2, ndTarget3: w3 } = packet;
    // Duplicate address detection asks from "::" and hopes that nobody answers (RFC 4862 §5.4.2).
    if ((src0 | src1 | src2 | src3) === 0) return;
    this.#answered(src0, src1, src2, src3);
    if (packet.icmpType === NeighbourMessage.Advertisement) {
      this.#answered(w0, w1, w2, w3);
      return;
    }
    const solicited = this.#find(w0, w1, w2, w3) ?? this.#open(w0, w1, w2, w3);
    if (solicited === undefined || !isFor(solicited, w0, w1, w2, w3)) return;
    const { target } = solicited;
    if (target.ask(this.#hash(src0, src1, src2, src3), timeNs, packet.frameNumber)) {
      target.requester = addressText(6, src0, src1, src2, src3);
    }
  }

  #answered(w0: number, w1: number, w2: number, w3: number): void {
    const solicited = this.#find(w0, w1, w2, w3);
    if (solicited !== undefined && isFor(solicited, w0, w1, w2, w3)) solicited.target.answered = true;
  }

  #find(w0: number, w1: number, w2: number, w3: number): Solicited | undefined {
    return this.#targets.get(this.#hash(w0, w1, w2, w3));
  }

  #open(w0: number, w1: number, w2: number, w3: number): Solicited | undefined {
    if (this.#targets.size >= MAX_TARGETS) return undefined;
    const solicited = { w0, w1, w2, w3, target: new NeighbourTarget(addressText(6, w0, w1, w2, w3)) };
    this.#targets.set(this.#hash(w0, w1, w2, w3), solicited);
    return solicited;
  }

  #hash(w0: number, w1: number, w2: number, w3: number): number {
    return finish(mix(mix(mix(mix(this.#seed, w0), w1), w2), w3));
  }
}

function isFor(solicited: Solicited, w0: number, w1: number, w2: number, w3: number): boolean {
  return solicited.w0 === w0 && solicited.w1 === w1 && solicited.w2 === w2 && solicited.w3 === w3;
}
