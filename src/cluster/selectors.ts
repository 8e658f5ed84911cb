import type { LabelSelectorFacts } from './facts.ts';
import { asList, asObject, asText, asTextMap, asTexts } from './raw.ts';

/** The bounds of raw.ts: what is longer is cut there, and then a policy is not whole. */
const MAX_TEXT = 1024;
const MAX_ENTRIES = 1000;
/** Deeper than any policy of the API. */
const MAX_DEPTH = 20;

/** Reduces a LabelSelector of the API; one that is missing selects everything. */
export function toLabelSelector(raw: unknown): LabelSelectorFacts {
  const selector = asObject(raw);
  return {
    matchLabels: asTextMap(selector['matchLabels']),
    matchExpressions: asList(selector['matchExpressions'])
      .map(asObject)
      .map((expression) => ({
        key: asText(expression['key']),
        operator: asText(expression['operator']),
        values: asTexts(expression['values']),
      })),
  };
}

/** As {@link toLabelSelector}; null if it is not set, which means another thing than an empty one. */
export function toSelectorOrNull(raw: unknown): LabelSelectorFacts | null {
  return raw === undefined || raw === null ? null : toLabelSelector(raw);
}

/** Whether the readers of raw.ts take all of a spec over: nothing in it is longer than they keep. */
export function isWhole(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT;
  if (typeof value !== 'object' || value === null) return true;
  const entries: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return (
    depth < MAX_DEPTH && entries.length <= MAX_ENTRIES && entries.every((entry) => isWhole(entry, depth + 1))
  );
}
