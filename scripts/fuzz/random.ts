/** A row of numbers that is the same for the same seed (xorshift32, Marsaglia 2003). */
export class RandomRow {
  #state: number;

  constructor(seed: number) {
    // Seeds that are near each other must not begin alike; 0 would stay 0.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 0 || 1;
  }

  /** A number from 0 up to, not including, `limit`; 0 for a limit of 0. */
  below(limit: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return Math.floor(((state >>> 0) / 2 ** 32) * limit);
  }

  /** One of these. */
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}
