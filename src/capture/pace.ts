import { setTimeout as sleep } from 'node:timers/promises';

/** Told of each piece that arrived; a promise from it says how long to wait before the next is taken. */
export type Pace = (lengthBytes: number) => Promise<void> | undefined;

/**
 * Limits one stream, or several together that share it, to so many bytes per second on average, with
 * bursts of one second's worth.
 */
export function createPace(bytesPerSecond: number, now: () => number = () => performance.now()): Pace {
  let allowance = bytesPerSecond;
  let lastMs = now();
  return (lengthBytes) => {
    if (!Number.isFinite(bytesPerSecond)) return undefined;
    const nowMs = now();
    allowance =
      Math.min(bytesPerSecond, allowance + ((nowMs - lastMs) / 1000) * bytesPerSecond) - lengthBytes;
    lastMs = nowMs;
    return allowance >= 0 ? undefined : sleep((-allowance / bytesPerSecond) * 1000);
  };
}
