import type { Facts, FactList, LabelSelectorFacts } from './facts.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether labels carry every pair of a Service's selector. An empty selector selects nothing (Kubernetes Service API). */
export function selectorMatches(selector: Labels, labels: Labels): boolean {
  const pairs = Object.entries(selector);
  return pairs.length > 0 && pairs.every(([key, value]) => valueOf(labels, key) === value);
}

/**
 * Whether a label selector (LabelSelector of the Kubernetes API) selects the labels. An empty one
 * selects everything; an operator that is not known counts as a match, so that no policy is overlooked.
 */
export function labelSelectorMatches(selector: LabelSelectorFacts, labels: Labels): boolean {
  const pairsMatch = Object.entries(selector.matchLabels).every(
    ([key, value]) => valueOf(labels, key) === value,
  );
  return pairsMatch && selector.matchExpressions.every((expression) => expressionMatches(expression, labels));
}

function expressionMatches(
  expression: LabelSelectorFacts['matchExpressions'][number],
  labels: Labels,
): boolean {
  const value = valueOf(labels, expression.key);
  switch (expression.operator) {
    case 'In':
      return value !== undefined && expression.values.includes(value);
    case 'NotIn':
      return value === undefined || !expression.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return true;
  }
}

/** The value of a label; undefined if the object has no such label of its own. */
export function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Whether a list of the facts holds every object of a namespace; only then does absence mean "none". */
export function covers(facts: Facts, list: FactList, namespace: string): boolean {
  if (facts[list] === null) return false;
  const partial = facts.partial?.[list];
  return partial === undefined || partial.includes(namespace);
}
