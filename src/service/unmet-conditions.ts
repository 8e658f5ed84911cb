import type { ConditionFacts } from '../cluster/gateway-facts.ts';

/** Conditions that have to be True for a Gateway, listener or route to be in effect (Gateway API v1). */
const NEEDED: readonly string[] = ['Accepted', 'ResolvedRefs', 'Programmed'];

/** Those that a controller says are not met. */
export function unmetConditions(conditions: readonly ConditionFacts[]): ConditionFacts[] {
  return conditions.filter(({ type, status }) => NEEDED.includes(type) && status === 'False');
}

/** "ResolvedRefs=False, RefNotPermitted: "…"". */
export function conditionText({ type, status, reason, message }: ConditionFacts): string {
  return `${type}=${status}${reason === '' ? '' : `, ${reason}`}${message === '' ? '' : `: "${message}"`}`;
}
