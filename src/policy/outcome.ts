import type { DecidingRule, IsolatingPolicy } from './flow.ts';
import type { Doubt } from './truth.ts';

/**
 * What a tier may do with a flow; `next` hands it to the next tier. A tier gives a list of outcomes: the first ones
 * happen if their doubt turns out true, the last one otherwise.
 */
export interface Outcome {
  readonly effect: 'allow' | 'deny' | 'next';
  readonly reason: string;
  readonly by: DecidingRule | null;
  readonly isolating: readonly IsolatingPolicy[];
  /** null: it is so, if no earlier one is. */
  readonly doubt: Doubt | null;
}

/** The tier says nothing about the flow. */
export const NEXT: Outcome = { effect: 'next', reason: '', by: null, isolating: [], doubt: null };
