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
  vantage: number;
  flow: Flow;
  direction: 0 | 1;
  /** On the common line of time. */
  timeNs: number;
  frame: number;
}

/** One packet on its way: where it was seen first, and where it came through after that. Reused when it is over. */
export interface Passage {
  key0: number;
  key1: number;
  seq: number;
  lengthBytes: number;
  begin: number;
  end: number;
  ipId: number;
  part: PacketPart;
  /** Bit set of the vantage points that saw all of it. */
  seen: number;
  /** The first `count` of them count, in the order of time; there is at least one. */
  readonly places: Place[];
  count: number;
  /** Bytes that a vantage point saw of it, as long as it has not seen all. */
  partly: Map<number, number> | undefined;
  older: Passage | undefined;
  depth: number;
}

/** Finds the passage that a sighting belongs to. Memory is bounded by those who remove what is over. */
export class PassageIndex {
  readonly #seed: number;
  readonly #newest = new Map<number, Passage>();
  /** Passages that are over, to be used again. */
  readonly #free: Passage[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * Adds a sighting to the passages that it is part of, and opens one if it is of none. Segments that were cut or
   * joined on the way are matched by their sequence numbers. The result is the new passage, undefined if there is none.
   */
  add(sighting: Sighting, timeNs: number): Passage | undefined {
    const isKnown =
      sighting.lengthBytes > 0 ? this.#joinRange(sighting, timeNs) : this.#join(sighting, timeNs);
    return isKnown ? undefined : this.#open(sighting, timeNs);
  }

  /** Forgets a passage; it may be used again for another packet. */
  remove(passage: Passage): void {
    this.#unlink(passage);
    passage.older = undefined;
    this.#free.push(passage);
  }

  #unlink(passage: Passage): void {
    const code = this.#code(passage, passage.seq >>> BLOCK_SHIFT);
    const newest = this.#newest.get(code);
    if (newest === passage) {
      if (passage.older === undefined) this.#newest.delete(code);
      else this.#newest.set(code, passage.older);
      return;
    }
    for (let at = newest; at !== undefined; at = at.older) if (at.older === passage) at.older = passage.older;
  }

  #join(sighting: Sighting, timeNs: number): boolean {
    for (let at = this.#newest.get(this.#code(sighting, 0)); at !== undefined; at = at.older) {
      if (at.key0 !== sighting.key0 || at.key1 !== sighting.key1) continue;
      if ((at.seen & (1 << sighting.vantage)) === 0) {
        at.seen |= 1 << sighting.vantage;
        arrive(at, sighting, timeNs);
        return true;
      }
      if (noteCopy(at, sighting, timeNs)) return true;
    }
    return false;
  }

  /** Whether at least a part of the segment is known. */
  #joinRange(sighting: Sighting, timeNs: number): boolean {
    const bit = 1 << sighting.vantage;
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
          if (noteCopy(at, sighting, timeNs)) return true;
          continue;
        }
        const bytes = Math.min(overlap, leftBytes);
        leftBytes -= bytes;
        const seenBytes = (at.partly?.get(sighting.vantage) ?? 0) + bytes;
        if (seenBytes >= at.lengthBytes) at.seen |= bit;
        else (at.partly ??= new Map()).set(sighting.vantage, seenBytes);
        if (placeAt(at, sighting.vantage) === undefined) arrive(at, sighting, timeNs);
      }
    }
    return leftBytes < sighting.lengthBytes;
  }

  #open(sighting: Sighting, timeNs: number): Passage {
    const code = this.#code(sighting, sighting.seq >>> BLOCK_SHIFT);
    const newest = this.#newest.get(code);
    const isLong = newest !== undefined && newest.depth >= MAX_CHAIN;
    const passage = this.#free.pop() ?? newPassage();
    passage.key0 = sighting.key0;
    passage.key1 = sighting.key1;
    passage.seq = sighting.seq;
    passage.lengthBytes = sighting.lengthBytes;
    passage.begin = sighting.begin;
    passage.end = sighting.end;
    passage.ipId = sighting.ipId;
    passage.part = sighting.part;
    passage.seen = 1 << sighting.vantage;
    passage.count = 0;
    passage.partly = undefined;
    passage.older = isLong ? undefined : newest;
    passage.depth = isLong || newest === undefined ? 1 : newest.depth + 1;
    putPlace(passage, sighting, timeNs);
    this.#newest.set(code, passage);
    return passage;
  }

  #code({ key0, key1 }: { key0: number; key1: number }, block: number): number {
    return stir(stir(stir(this.#seed, key0), key1), block);
  }
}

function newPassage(): Passage {
  return {
    key0: 0,
    key1: 0,
    seq: 0,
    lengthBytes: 0,
    begin: 0,
    end: 0,
    ipId: 0,
    part: 'other',
    seen: 0,
    places: [],
    count: 0,
    partly: undefined,
    older: undefined,
    depth: 0,
  };
}

function putPlace(passage: Passage, { vantage, flow, direction, frame }: Sighting, timeNs: number): void {
  const place = passage.places[passage.count];
  if (place === undefined) passage.places.push({ vantage, flow, direction, timeNs, frame });
  else {
    place.vantage = vantage;
    place.flow = flow;
    place.direction = direction;
    place.timeNs = timeNs;
    place.frame = frame;
  }
  passage.count++;
}

/** The place of a vantage point; undefined: it was not there. */
function placeAt({ places, count }: Passage, vantage: number): Place | undefined {
  for (let at = 0; at < count; at++) if (places[at]?.vantage === vantage) return places[at];
  return undefined;
}

/** Notes a further place, and that both flows are one. */
function arrive(passage: Passage, sighting: Sighting, timeNs: number): void {
  for (let at = 0; at < passage.count; at++) {
    const { flow, direction, vantage } = passage.places[at] as Place;
    if (flow.elsewhere.get(sighting.vantage) !== sighting.flow)
      flow.elsewhere.set(sighting.vantage, sighting.flow);
    if (sighting.flow.elsewhere.get(vantage) !== flow) sighting.flow.elsewhere.set(vantage, flow);
    flow.directions[direction].after |= 1 << sighting.vantage;
  }
  putPlace(passage, sighting, timeNs);
}

function overlapBytes(passage: Passage, { seq, lengthBytes }: Sighting): number {
  const ahead = (seq - passage.seq) | 0;
  return ahead >= 0
    ? Math.min(passage.lengthBytes - ahead, lengthBytes)
    : Math.min(lengthBytes + ahead, passage.lengthBytes);
}

/** Whether it is the same packet once more at the same place: on another interface, with its address translated. */
function noteCopy(passage: Passage, sighting: Sighting, timeNs: number): boolean {
  const before = placeAt(passage, sighting.vantage);
  const isSameId = passage.ipId === sighting.ipId;
  const isPart = passage.lengthBytes > sighting.lengthBytes && passage.key0 !== 0;
  const withinNs = sighting.isTold ? COPY_NS : NEAR_COPY_NS;
  if (before === undefined || !(isSameId || isPart) || timeNs - before.timeNs > withinNs) return false;
  if (sighting.flow !== before.flow) before.flow.becomes = sighting.flow;
  return true;
}
