/**
 * Chosen anew for each capture, so that nobody can prepare one whose conversations all fall into one hash chain.
 * V8 seeds `Math.random` from the system's entropy in each process; `node:crypto` takes longer to load than a small
 * capture to read.
 */
export function hashSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
