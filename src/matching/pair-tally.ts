import { median } from './clock.ts';
import type { Passage } from './passage.ts';

/** Delays that are kept of one direction. */
const MAX_DELAYS = 512;
const MAX_WITNESSES = 4;

/** What was counted of two vantage points. */
export class PairTally {
  matched = 0;
  missedByFirst = 0;
  missedBySecond = 0;
  readonly #there: number[] = [];
  readonly #back: number[] = [];
  #thereCount = 0;
  #backCount = 0;
  /** Frames of matched packets: the first ones and the last ones, at the first and the second place. */
  readonly #witnesses: [number[], number[]] = [[], []];

  /** Notes a packet that took so long from first to second (negative: from second to first), with its frames. */
  note(delayNs: number, frames: readonly [number, number]): void {
    this.matched++;
    if (delayNs >= 0) keep(this.#there, this.#thereCount++, delayNs);
    else keep(this.#back, this.#backCount++, -delayNs);
    for (const side of [0, 1] as const) {
      const kept = this.#witnesses[side];
      if (kept.length >= MAX_WITNESSES) kept.splice(MAX_WITNESSES / 2, 1);
      kept.push(frames[side]);
    }
  }

  /** Median nanoseconds from first to second; NaN: no packet went that way. */
  get thereNs(): number {
    return median(this.#there);
  }

  get backNs(): number {
    return median(this.#back);
  }

  /** Frames of packets that both saw, at one side, ascending. */
  witnesses(side: 0 | 1): number[] {
    return this.#witnesses[side].toSorted((a, b) => a - b);
  }
}

/** Later values replace earlier ones all over the list, without chance. */
function keep(list: number[], count: number, value: number): void {
  if (list.length < MAX_DELAYS) list.push(value);
  else list[Math.imul(count, 0x9e3779b1) >>> 23] = value;
}

/** The tallies of all pairs of vantage points. */
export class PairTallies {
  readonly #tallies = new Map<number, PairTally>();

  of(first: number, second: number): PairTally {
    const [low, high] = first < second ? [first, second] : [second, first];
    const key = low * 32 + high;
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = new PairTally();
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  /** Counts a passage that is over for each two of its places, and for each place that knows the flow and missed it. */
  take(passage: Passage, missing: number): void {
    const { places, seen, count } = passage;
    for (let at = 0; at < count; at++) {
      const here = places[at];
      if (here === undefined || (seen & (1 << here.vantage)) === 0) continue;
      for (let other = at + 1; other < count; other++) {
        const there = places[other];
        if (there === undefined || (seen & (1 << there.vantage)) === 0) continue;
        const delayNs = there.timeNs - here.timeNs;
        const tally = this.of(here.vantage, there.vantage);
        if (here.vantage < there.vantage) tally.note(delayNs, [here.frame, there.frame]);
        else tally.note(-delayNs, [there.frame, here.frame]);
      }
      for (const vantage of here.flow.elsewhere.keys()) {
        if ((missing & (1 << vantage)) === 0) continue;
        const tally = this.of(here.vantage, vantage);
        if (here.vantage < vantage) tally.missedBySecond++;
        else tally.missedByFirst++;
      }
    }
  }
}
