import type { Spread } from './conversation.ts';

/** Most frame numbers that one symptom of one group keeps as evidence. */
const MAX_FRAMES = 12;
/** Most durations that are kept to take a median from. */
const MAX_DURATIONS = 64;
const WORD_VALUES = 0x1_0000_0000;

/** How often something was seen, when first and last, and some frames that show it. */
export class Tally {
  count = 0;
  firstNs: number = Number.POSITIVE_INFINITY;
  lastNs: number = Number.NEGATIVE_INFINITY;
  readonly frames: number[] = [];
  /** The client's port where it was seen first, as an example; 0: not known. */
  clientPort = 0;

  /** Counts one occurrence between two times; frame numbers that are 0 are not kept. */
  add(fromNs: number, toNs: number, frame1: number, frame2 = 0, frame3 = 0): void {
    this.count++;
    if (fromNs < this.firstNs) this.firstNs = fromNs;
    if (toNs > this.lastNs) this.lastNs = toNs;
    if (this.frames.length >= MAX_FRAMES) return;
    this.#keep(frame1);
    this.#keep(frame2);
    this.#keep(frame3);
  }

  #keep(frame: number): void {
    if (frame !== 0 && this.frames.length < MAX_FRAMES && !this.frames.includes(frame))
      this.frames.push(frame);
  }
}

/** Nothing was counted: one for all, until something is; adding to it throws. */
export const NO_TALLY: Tally = Object.freeze(new Tally()) as Tally;

/** Keeps a client's port as the example if there is none yet. */
export function noteExample(tally: Tally, clientPort: number): void {
  if (tally.clientPort === 0) tally.clientPort = clientPort;
}

/** A symptom of one group: how often it was seen, and the largest of the numbers that describe it. */
export class Symptom extends Tally {
  readonly largest: Map<string, number> = new Map();

  /** Keeps the value if it is the largest of its name. */
  note(name: string, value: number): void {
    if (value > (this.largest.get(name) ?? Number.NEGATIVE_INFINITY)) this.largest.set(name, value);
  }
}

/** A sample of durations, evenly drawn from all that were added, to take quantiles from. */
export class Durations {
  count = 0;
  longestNs = 0;
  readonly #sample: number[] = [];
  #random = 0x9e3779b9;

  add(durationNs: number): void {
    if (!(durationNs >= 0)) return;
    this.count++;
    if (durationNs > this.longestNs) this.longestNs = durationNs;
    if (this.#sample.length < MAX_DURATIONS) {
      this.#sample.push(durationNs);
      return;
    }
    // Vitter's algorithm R with a fixed generator, so that one capture always gives one report.
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) | 0;
    const at = Math.floor(((this.#random >>> 0) / WORD_VALUES) * this.count);
    if (at < MAX_DURATIONS) this.#sample[at] = durationNs;
  }

  /** Adds the sample of others. */
  addSample(others: Durations): void {
    for (const durationNs of others.#sample) this.add(durationNs);
  }

  /** How the sample is spread, null if nothing was added. */
  spread(): Spread | null {
    const [lowMs, medianMs, highMs] = [this.quantileMs(0.25), this.quantileMs(0.5), this.quantileMs(0.75)];
    if (lowMs === null || medianMs === null || highMs === null) return null;
    return { samples: this.#sample.length, lowMs, medianMs, highMs };
  }

  /** The median in milliseconds, null if nothing was added. */
  medianMs(): number | null {
    return this.quantileMs(0.5);
  }

  /** What this share of the sample (0 to 1) does not exceed, in milliseconds; null if nothing was added. */
  quantileMs(share: number): number | null {
    if (this.#sample.length === 0) return null;
    const sorted = this.#sample.toSorted((a, b) => a - b);
    return toMilliseconds(sorted[Math.ceil(share * sorted.length) - 1] as number);
  }

  /** The longest in milliseconds, null if nothing was added. */
  longestMs(): number | null {
    return this.count === 0 ? null : toMilliseconds(this.longestNs);
  }
}

/** Milliseconds, to the microsecond. */
export function toMilliseconds(durationNs: number): number {
  return Math.round(durationNs / 1e3) / 1e3;
}
