/**
 * A hash table of fixed capacity whose records are runs of 32-bit words in one typed array: no object
 * per record, memory bounded whatever the capture holds. The caller compares keys and owns the layout.
 * When it is full, the CLOCK algorithm chooses a record that was not touched lately, hands it to
 * `evict` and reuses its place.
 */
export class RecordTable {
  /** Record `i` is `words[i * stride, (i + 1) * stride)`. */
  readonly words: Int32Array;
  readonly stride: number;
  readonly capacity: number;
  /** Records in use. */
  count = 0;
  readonly #heads: Int32Array;
  /** Two words for each record: one plus the index of the next in its chain, and its hash, to pass by others unread. */
  readonly #links: Int32Array;
  /** 0: free, 1: in use, 2: in use and touched since the hand passed. */
  readonly #marks: Uint8Array;
  readonly #evict: (index: number) => void;
  #hand = 0;
  #fresh = 0;
  #free = -1;

  /** `capacity` must be a power of two. */
  constructor(capacity: number, stride: number, evict: (index: number) => void) {
    this.capacity = capacity;
    this.stride = stride;
    this.words = new Int32Array(capacity * stride);
    this.#heads = new Int32Array(capacity);
    this.#links = new Int32Array(capacity * 2);
    this.#marks = new Uint8Array(capacity);
    this.#evict = evict;
  }

  /** First record of a hash's chain, -1 if there is none; the chain may hold other hashes. */
  first(hash: number): number {
    return (this.#heads[hash & (this.capacity - 1)] as number) - 1;
  }

  /** Next record of the chain, -1 at its end. */
  next(index: number): number {
    return (this.#links[index * 2] as number) - 1;
  }

  /** The hash that a record was inserted with; another one than the wanted saves reading the record. */
  hashOf(index: number): number {
    return this.#links[index * 2 + 1] as number;
  }

  /** Says that the record was used, which keeps it from being evicted next. */
  touch(index: number): void {
    this.#marks[index] = 2;
  }

  /** Takes a zeroed record into the chain of `hash`, evicting another one if the table is full. */
  insert(hash: number): number {
    const index = this.#place();
    const bucket = hash & (this.capacity - 1);
    this.clear(index);
    this.#links[index * 2 + 1] = hash;
    this.#links[index * 2] = this.#heads[bucket] as number;
    this.#heads[bucket] = index + 1;
    this.#marks[index] = 2;
    this.count++;
    return index;
  }

  /** Sets all words of a record to zero. A loop: for so few words the way into `fill` takes longer. */
  clear(index: number): void {
    const { words } = this;
    const end = (index + 1) * this.stride;
    for (let at = index * this.stride; at < end; at++) words[at] = 0;
  }

  /** Takes a record out without handing it to `evict`. */
  remove(index: number): void {
    const links = this.#links;
    const bucket = this.hashOf(index) & (this.capacity - 1);
    const following = links[index * 2] as number;
    let at = this.#heads[bucket] as number;
    if (at - 1 === index) this.#heads[bucket] = following;
    else {
      while (links[(at - 1) * 2] !== index + 1) at = links[(at - 1) * 2] as number;
      links[(at - 1) * 2] = following;
    }
    this.#marks[index] = 0;
    links[index * 2] = this.#free + 1;
    this.#free = index;
    this.count--;
  }

  /** Calls `each` for every record in use. */
  forEach(each: (index: number) => void): void {
    for (let index = 0; index < this.#fresh; index++) if (this.#marks[index] !== 0) each(index);
  }

  #place(): number {
    if (this.#free >= 0) {
      const index = this.#free;
      this.#free = this.next(index);
      return index;
    }
    if (this.#fresh < this.capacity) return this.#fresh++;
    while (this.#marks[this.#hand] !== 1) {
      this.#marks[this.#hand] = 1;
      this.#hand = (this.#hand + 1) & (this.capacity - 1);
    }
    const victim = this.#hand;
    this.#hand = (victim + 1) & (this.capacity - 1);
    this.#evict(victim);
    this.remove(victim);
    this.#free = this.next(victim);
    return victim;
  }
}

/**
 * Mixes a word into a running hash (the step of MurmurHash3 for 32 bits). Tables start from a seed that
 * differs from run to run, because captures are hostile input that could aim at one bucket.
 */
export function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51 | 0);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Spreads the bits of a finished hash, so that its low bits may choose a bucket. */
export function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b | 0);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35 | 0);
  return h ^ (h >>> 16);
}
