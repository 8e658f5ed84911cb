/**
 * Time stamps of pcapng: a 64-bit count of units of 10^-n or 2^-n seconds. Numbers hold 53 bits, so
 * the division into seconds and fraction goes 16 bits at a time, exactly and without BigInt.
 */

export interface TimestampUnit {
  readonly perSecond: number;
  /** Where a unit is a whole number of nanoseconds; 0 otherwise. */
  readonly nanoseconds: number;
}

/** Beyond 2^36 units a second the 16-bit steps would leave 53 bits; no clock is that fine. */
const MAX_UNITS_PER_SECOND = 2 ** 36;

/** The unit that an `if_tsresol` byte means: the top bit chooses powers of two (pcapng, section 4.2). */
export function timestampUnit(resolution: number): TimestampUnit {
  const exponent = resolution & 0x7f;
  const perSecond = (resolution & 0x80) === 0 ? 10 ** exponent : 2 ** exponent;
  if (perSecond > MAX_UNITS_PER_SECOND) return { perSecond: Number.NaN, nanoseconds: 0 };
  return { perSecond, nanoseconds: 1e9 % perSecond === 0 ? 1e9 / perSecond : 0 };
}

/** A reused time: whole seconds since 1970 and the nanoseconds beyond them. */
export class Timestamp {
  seconds = 0;
  nanoseconds = 0;

  /** Sets the time from the two halves of a 64-bit count; a unit finer than 2^-36 s makes it NaN. */
  set(high: number, low: number, unit: TimestampUnit): void {
    const { perSecond } = unit;
    const quotientHigh = Math.floor(high / perSecond);
    const restHigh = high - quotientHigh * perSecond;
    const middle = restHigh * 65536 + (low >>> 16);
    const quotientMiddle = Math.floor(middle / perSecond);
    const lowest = (middle - quotientMiddle * perSecond) * 65536 + (low & 0xffff);
    const quotientLow = Math.floor(lowest / perSecond);
    this.seconds = quotientHigh * 2 ** 32 + quotientMiddle * 65536 + quotientLow;
    const rest = lowest - quotientLow * perSecond;
    // 57 / 1e6 * 1e9 is 56999.99…: where a unit is whole nanoseconds, only a product is exact.
    this.nanoseconds = unit.nanoseconds > 0 ? rest * unit.nanoseconds : Math.floor((rest / perSecond) * 1e9);
  }
}
