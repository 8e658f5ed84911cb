import { randomInt } from 'node:crypto';

/** Chosen anew for each capture, so that nobody can prepare one whose conversations all fall into one hash chain. */
export function hashSeed(): number {
  return randomInt(2 ** 32);
}
