import type { Facts, PodFacts, ServiceFacts } from '../cluster/facts.ts';
import { selectorMatches, valueOf } from '../cluster/labels.ts';
import { compareText } from '../cluster/raw.ts';
import { slipsBetween } from '../cluster/spelling.ts';

/** A pair of the selector that a pod does not have, and the label that it has instead. */
export interface LabelDifference {
  readonly key: string;
  readonly value: string;
  /** The pod's label that comes nearest; null: it has none under this or a similar key. */
  readonly instead: { readonly key: string; readonly value: string } | null;
}

/** A pod that a Service nearly selects. */
export interface NearMiss {
  readonly pod: PodFacts;
  readonly differences: readonly LabelDifference[];
  /** Pairs of the selector that match. */
  readonly matching: number;
  /** Slips of spelling over all differences. */
  readonly slips: number;
  /**
   * - `spelling`: every difference is a slip or two.
   * - `partial`: some pairs match, another has a different value.
   * - `namespace`: all pairs match, but the pod is in another namespace.
   */
  readonly kind: 'spelling' | 'partial' | 'namespace';
}

const KIND_ORDER: readonly NearMiss['kind'][] = ['spelling', 'namespace', 'partial'];

/** Near misses that are returned, and that are looked through for them. */
const MAX_RETURNED = 5;
const MAX_CANDIDATES = 100;

/** Pods that a selector which matches nobody comes near to, nearest first, at most five. */
export function nearMisses(service: ServiceFacts, facts: Facts): NearMiss[] {
  const selector = service.selector ?? {};
  const slips = rememberingSlips();
  const live = (facts.pods ?? []).filter((pod) => pod.phase !== 'Succeeded' && pod.phase !== 'Failed');
  const found = live.flatMap((pod) => {
    const miss =
      pod.namespace === service.namespace
        ? nearMiss(selector, pod, slips)
        : sameLabelsElsewhere(selector, pod);
    return miss === null ? [] : [miss];
  });
  found.sort(
    (a, b) =>
      KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) ||
      b.matching - a.matching ||
      a.slips - b.slips ||
      compareText(a.pod.namespace, b.pod.namespace) ||
      compareText(a.pod.name, b.pod.name),
  );
  const others = (facts.services ?? []).filter(
    (other) => other.namespace === service.namespace && other.name !== service.name,
  );
  // A pod that another Service already selects is meant by that one, unless the spelling gives it away.
  const own = found
    .slice(0, MAX_CANDIDATES)
    .filter(
      ({ kind, pod }) =>
        kind !== 'partial' ||
        !others.some((other) => other.selector !== null && selectorMatches(other.selector, pod.labels)),
    );
  return own.slice(0, MAX_RETURNED);
}

type Slips = typeof slipsBetween;

/** Labels repeat over many pods: each pair of words is compared once. */
function rememberingSlips(): Slips {
  const known = new Map<string, number | null>();
  return (a, b) => {
    const key = `${a}\n${b}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const slips = slipsBetween(a, b);
    known.set(key, slips);
    return slips;
  };
}

function sameLabelsElsewhere(selector: Readonly<Record<string, string>>, pod: PodFacts): NearMiss | null {
  return selectorMatches(selector, pod.labels)
    ? { pod, differences: [], matching: Object.keys(selector).length, slips: 0, kind: 'namespace' }
    : null;
}

function nearMiss(
  selector: Readonly<Record<string, string>>,
  pod: PodFacts,
  slipsOf: Slips,
): NearMiss | null {
  const wanted = Object.entries(selector);
  const missing = wanted.filter(([key, value]) => valueOf(pod.labels, key) !== value);
  const compared = missing.map(([key, value]) => nearestLabel(key, value, pod.labels, slipsOf));
  const differences = compared.map(({ difference }) => difference);
  const matching = wanted.length - missing.length;
  const slips = compared.reduce((sum, one) => sum + (one.slips ?? 0), 0);
  if (compared.every((one) => one.slips !== null))
    return { pod, differences, matching, slips, kind: 'spelling' };
  return matching > 0 && matching * 2 >= wanted.length
    ? { pod, differences, matching, slips, kind: 'partial' }
    : null;
}

/** The pod's label nearest to a wanted pair; `slips` is null if it cannot be the same pair misspelt. */
function nearestLabel(
  key: string,
  value: string,
  labels: Readonly<Record<string, string>>,
  slipsOf: Slips,
): { readonly difference: LabelDifference; readonly slips: number | null } {
  let best: { readonly key: string; readonly value: string; readonly slips: number } | null = null;
  for (const [ownKey, ownValue] of Object.entries(labels)) {
    if (ownKey !== key && ownValue !== value) continue;
    const slips = ownKey === key ? slipsOf(value, ownValue) : slipsOf(key, ownKey);
    if (slips !== null && (best === null || slips < best.slips))
      best = { key: ownKey, value: ownValue, slips };
  }
  if (best !== null)
    return { difference: { key, value, instead: { key: best.key, value: best.value } }, slips: best.slips };
  const own = valueOf(labels, key);
  return { difference: { key, value, instead: own === undefined ? null : { key, value: own } }, slips: null };
}
