import type { Flow } from './flow.ts';
import { stir } from './sighting.ts';
import type { PacketPart, Sighting } from './sighting.ts';

/** Copies along one node's path are microseconds to a few milliseconds apart. */
export const COPY_NS = 100e6;
/** Where nothing tells a repetition from a copy, only near ones are copies. */
const NEAR_COPY_NS = 1e6;
/** Sequence numbers of one bucket; a segment before offload is at most as long. */
const BLOCK_SHIFT = 16;
/** Longest chain of one bucket: captures are hostile input. */
const MAX_CHAIN = 64;

/** Where and when a packet was seen. */
export interface Place {
  readonly vantage: number;
  readonly flow: Flow;
  readonly direction: 0 | 1;
  /** On the common line of time. */
  readonly timeNs: number;
  readonly frame: number;
}

/** One packet on its way: where it was seen first, and where it came through after that. */
export interface Passage {
  readonly key0: number;
  readonly key1: number;
  readonly seq: number;
  readonly lengthBytes: number;
  readonly begin: number;
  readonly end: number;
  readonly ipId: number;
  readonly isTold: boolean;
  readonly part: PacketPart;
  /** Bit set of the vantage points that saw all of it. */
  seen: number;
  /** In the order of time. */
  readonly places: Place[];
  /** Bytes that a vantage point saw of it, as long as it has not seen all. */
  partly: Map<number, number> | undefined;
  older: Passage | undefined;
  depth: number;
}

/** Finds the passage that a sighting belongs to. Memory is bounded by those who remove what is over. */
export class PassageIndex {
  readonly #seed: number;
  readonly #newest = new Map<number, Passage>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * Adds a sighting to the passages that it is part of, and opens one if it is of none. Segments that were cut or
   * joined on the way are matched by their sequence numbers. The result is the new passage, undefined if there is none.
   */
  add(sighting: Sighting, timeNs: number): Passage | undefined {
    const place: Place = {
      vantage: sighting.vantage,
      flow: sighting.flow,
      direction: sighting.direction,
      timeNs,
      frame: sighting.frame,
    };
    const isKnown = sighting.lengthBytes > 0 ? this.#joinRange(sighting, place) : this.#join(sighting, place);
    return isKnown ? undefined : this.#open(sighting, place);
  }

  /** Forgets a passage. */
  remove(passage: Passage): void {
    const code = this.#code(passage, passage.seq >>> BLOCK_SHIFT);
    const newest = this.#newest.get(code);
    if (newest === passage) {
      if (passage.older === undefined) this.#newest.delete(code);
      else this.#newest.set(code, passage.older);
      return;
    }
    for (let at = newest; at !== undefined; at = at.older) if (at.older === passage) at.older = passage.older;
  }

  #join(sighting: Sighting, place: Place): boolean {
    for (let at = this.#newest.get(this.#code(sighting, 0)); at !== undefined; at = at.older) {
      if (at.key0 !== sighting.key0 || at.key1 !== sighting.key1) continue;
      if ((at.seen & (1 << place.vantage)) === 0) {
        at.seen |= 1 << place.vantage;
        arrive(at, place);
        return true;
      }
      if (noteCopy(at, sighting, place)) return true;
    }
    return false;
  }

  /** Whether at least a part of the segment is known. */
  #joinRange(sighting: Sighting, place: Place): boolean {
    const bit = 1 << place.vantage;
    let leftBytes = sighting.lengthBytes;
    const block = sighting.seq >>> BLOCK_SHIFT;
    const last = ((sighting.seq + sighting.lengthBytes - 1) >>> 0) >>> BLOCK_SHIFT;
    const blocks = (last - block) & 0xffff;
    for (let step = -1; step <= Math.min(blocks, 8) && leftBytes > 0; step++) {
      let at = this.#newest.get(this.#code(sighting, (block + step) & 0xffff));
      for (; at !== undefined && leftBytes > 0; at = at.older) {
        if (at.key0 !== sighting.key0 || at.key1 !== sighting.key1) continue;
        const overlap = overlapBytes(at, sighting);
        if (overlap <= 0) continue;
        if ((at.seen & bit) !== 0) {
          if (noteCopy(at, sighting, place)) return true;
          continue;
        }
        const bytes = Math.min(overlap, leftBytes);
        leftBytes -= bytes;
        const seenBytes = (at.partly?.get(place.vantage) ?? 0) + bytes;
        if (seenBytes >= at.lengthBytes) at.seen |= bit;
        else (at.partly ??= new Map()).set(place.vantage, seenBytes);
        if (!at.places.some(({ vantage }) => vantage === place.vantage)) arrive(at, place);
      }
    }
    return leftBytes < sighting.lengthBytes;
  }

  #open(sighting: Sighting, place: Place): Passage {
    const code = this.#code(sighting, sighting.seq >>> BLOCK_SHIFT);
    const newest = this.#newest.get(code);
    const isLong = newest !== undefined && newest.depth >= MAX_CHAIN;
    const { key0, key1, seq, lengthBytes, begin, end, ipId, isTold, part } = sighting;
    const passage: Passage = {
      key0,
      key1,
      seq,
      lengthBytes,
      begin,
      end,
      ipId,
      isTold,
      part,
      seen: 1 << place.vantage,
      places: [place],
      partly: undefined,
      older: isLong ? undefined : newest,
      depth: isLong || newest === undefined ? 1 : newest.depth + 1,
    };
    this.#newest.set(code, passage);
    return passage;
  }

  #code({ key0, key1 }: { key0: number; key1: number }, block: number): number {
    return stir(stir(stir(this.#seed, key0), key1), block);
  }
}

/** Notes a further place, and that both flows are one. */
function arrive(passage: Passage, place: Place): void {
  for (const { flow, direction, vantage } of passage.places) {
    if (flow.elsewhere.get(place.vantage) !== place.flow) flow.elsewhere.set(place.vantage, place.flow);
    if (place.flow.elsewhere.get(vantage) !== flow) place.flow.elsewhere.set(vantage, flow);
    flow.directions[direction].after |= 1 << place.vantage;
  }
  passage.places.push(place);
}

function overlapBytes(passage: Passage, { seq, lengthBytes }: Sighting): number {
  const ahead = (seq - passage.seq) | 0;
  return ahead >= 0
    ? Math.min(passage.lengthBytes - ahead, lengthBytes)
    : Math.min(lengthBytes + ahead, passage.lengthBytes);
}

/** Whether it is the same packet once more at the same place: on another interface, with its address translated. */
function noteCopy(passage: Passage, sighting: Sighting, { vantage, timeNs, flow }: Place): boolean {
  const before = passage.places.find((place) => place.vantage === vantage);
  const isSameId = passage.ipId === sighting.ipId;
  const isPart = passage.lengthBytes > sighting.lengthBytes && passage.key0 !== 0;
  const withinNs = sighting.isTold ? COPY_NS : NEAR_COPY_NS;
  if (before === undefined || !(isSameId || isPart) || timeNs - before.timeNs > withinNs) return false;
  if (flow !== before.flow) before.flow.becomes = flow;
  return true;
}
