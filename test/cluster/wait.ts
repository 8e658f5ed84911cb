import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is true. `what` completes "timed out waiting for …"; an
 * exception counts as "not yet" and the last one is the error's cause.
 */
export async function waitFor(
  what: string,
  test: () => Promise<boolean>,
  timeoutMs = 60_000,
  everyMs = 100,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      if (await test()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}`, { cause: last });
    }
    await sleep(everyMs);
  }
}
