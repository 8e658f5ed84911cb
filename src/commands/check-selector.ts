import type { Facts, LabelSelectorFacts, PodFacts } from '../cluster/facts.ts';
import { labelSelectorMatches } from '../cluster/labels.ts';
import { UserError } from '../errors.ts';

type Expression = LabelSelectorFacts['matchExpressions'][number];

/**
 * Pods of a namespace that kubectl's -l would choose and that have not ended. Throws UserError for a selector that is
 * none, and if it selects nobody.
 */
export function selectedBy(text: string, namespace: string, facts: Facts): readonly PodFacts[] {
  const selector: LabelSelectorFacts = { matchLabels: {}, matchExpressions: splitSelector(text).map(parse) };
  const found = (facts.pods ?? []).filter(
    (pod) =>
      pod.namespace === namespace &&
      pod.phase !== 'Succeeded' &&
      pod.phase !== 'Failed' &&
      labelSelectorMatches(selector, pod.labels),
  );
  if (found.length > 0) return found;
  throw new UserError(
    `-l ${text} selects no pod of namespace ${namespace}`,
    facts.pods === null ? 'the pods could not be read' : 'none has these labels',
    `kubectl get pods -n ${namespace} --show-labels`,
  );
}

/** At commas outside of parentheses. */
function splitSelector(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

/** Equality-based and set-based requirements (Kubernetes docs, "Labels and Selectors"). */
function parse(part: string): Expression {
  const [, setKey = '', operator = '', list = ''] = /^([\w./-]+) +(in|notin) *\(([^()]*)\)$/.exec(part) ?? [];
  if (setKey !== '') {
    const values = list.split(',').map((value) => value.trim());
    return { key: setKey, operator: operator === 'in' ? 'In' : 'NotIn', values };
  }
  const [, key = '', sign = '', value = ''] = /^([\w./-]+) *(==|=|!=) *([\w.-]*)$/.exec(part) ?? [];
  if (key !== '') return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  const [, not = '', alone = ''] = /^(!?)([\w./-]+)$/.exec(part) ?? [];
  if (alone !== '') return { key: alone, operator: not === '' ? 'Exists' : 'DoesNotExist', values: [] };
  throw new UserError(
    `"${part}" selects nothing`,
    'it is no requirement of a label selector',
    "-l app=web, -l 'tier in (a, b)', -l '!canary'",
  );
}
