import type { Packet } from '../dissect/packet.ts';

/** Pairs of hosts that are remembered. */
const MAX_PAIRS = 1024;

/**
 * Says whether the later fragments of a packet are kept: they are if all of the first one was, as then its payload is
 * read, and what they hold is read as well. Pairs of hosts are told apart, not packets: fragments travel in bursts.
 */
export class KeptFragments {
  readonly #pairs = new Map<string, boolean>();

  /** Notes of a first fragment, also of the one that carries a tunnel, whether all of it is kept. */
  noteFirst(packet: Packet, isWhole: boolean): void {
    const isOuter = packet.tunnelDepth > 0 && packet.outerFragmented;
    if (!packet.moreFragments && !isOuter) return;
    const pair = isOuter ? outerPair(packet) : pairOf(packet);
    this.#pairs.delete(pair);
    this.#pairs.set(pair, isWhole);
    const [oldest] = this.#pairs.keys();
    if (this.#pairs.size > MAX_PAIRS && oldest !== undefined) this.#pairs.delete(oldest);
  }

  /** Whether this later fragment is kept. */
  isKept(packet: Packet): boolean {
    return this.#pairs.get(pairOf(packet)) ?? false;
  }
}

function pairOf({ src0, src1, src2, src3, dst0, dst1, dst2, dst3 }: Packet): string {
  return `${src0},${src1},${src2},${src3},${dst0},${dst1},${dst2},${dst3}`;
}

function outerPair(packet: Packet): string {
  const { outerSrc0, outerSrc1, outerSrc2, outerSrc3, outerDst0, outerDst1, outerDst2, outerDst3 } = packet;
  return `${outerSrc0},${outerSrc1},${outerSrc2},${outerSrc3},${outerDst0},${outerDst1},${outerDst2},${outerDst3}`;
}
