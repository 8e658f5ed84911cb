import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Limits a stream to so many bytes per second on average, with bursts of one second's worth. The
 * returned function takes a length in bytes and gives a promise when the stream has to wait.
 */
export function createPace(
  bytesPerSecond: number,
  now: () => number = () => performance.now(),
): (lengthBytes: number) => Promise<void> | undefined {
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
