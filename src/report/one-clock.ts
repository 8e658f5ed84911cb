import type { Report } from './report.ts';

/** Times of several captures, told by the clock of the first one. */
export interface OneClock {
  /** ISO 8601 in UTC, of a time in a capture's own clock. */
  readonly timeOf: (time: string, capture: number) => string;
  /** Milliseconds that a capture's clock is ahead of the first one's; null: not known. */
  readonly aheadMs: (capture: number) => number | null;
}

const DIGITS_OF_MICROSECONDS = 3;

/**
 * One clock for all captures, from the offsets of the pairs that were compared, over other captures where two have
 * nothing in common. Captures whose offset is not known keep their own.
 */
export function oneClock({ captures, pairs }: Pick<Report, 'captures' | 'pairs'>): OneClock {
  const ahead = new Map([[0, 0]]);
  // Each round reaches captures that are one pair further away.
  for (let known = 0; known < ahead.size;) {
    known = ahead.size;
    for (const { first, second, clockOffsetMs, clockErrorMs } of pairs) {
      if (clockOffsetMs === null || clockErrorMs === null) continue;
      const [from, to] = [ahead.get(first), ahead.get(second)];
      // Within its error the offset may as well be none.
      const offsetMs = Math.abs(clockOffsetMs) <= clockErrorMs ? 0 : clockOffsetMs;
      if (from !== undefined && to === undefined) ahead.set(second, from + offsetMs);
      if (to !== undefined && from === undefined) ahead.set(first, to - offsetMs);
    }
  }
  return {
    timeOf: (time, capture) => moved(time, -(ahead.get(capture) ?? 0)),
    aheadMs: (capture) => (capture < captures.length ? (ahead.get(capture) ?? null) : null),
  };
}

/** The time so many milliseconds later, to the microsecond; what is no time stays as it is. */
function moved(time: string, byMs: number): string {
  const wholeMs = Date.parse(time);
  if (byMs === 0 || !Number.isFinite(wholeMs)) return time;
  const microseconds = Number(/\.\d{3}(\d{3})Z$/.exec(time)?.[1] ?? 0);
  const totalMicroseconds = Math.round(wholeMs * 1000 + microseconds + byMs * 1000);
  const rest = String(((totalMicroseconds % 1000) + 1000) % 1000).padStart(DIGITS_OF_MICROSECONDS, '0');
  const date = new Date(Math.floor(totalMicroseconds / 1000));
  return Number.isNaN(date.getTime()) ? time : date.toISOString().replace('Z', `${rest}Z`);
}
