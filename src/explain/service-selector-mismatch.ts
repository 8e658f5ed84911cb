import type { DraftCause, Explained, Explainer, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { listed, pairs, packets, path, slices } from './evidence.ts';
import type { NearMiss } from '../service/near-miss.ts';
import { command, firstOf, isLabel, selectorArgument } from './paste.ts';
import type { ServiceView } from '../service/port-view.ts';
import { answeredToo, unservedServices, type UnservedService } from './unserved.ts';

/** The Service selects nobody, but some pod nearly carries its labels. */
export const serviceSelectorMismatch: Explainer = {
  id: 'service-selector-mismatch',
  doc: {
    title: 'The Service’s selector misses its pods',
    meaning:
      'The selector of a Service must equal labels of the pods, letter by letter, in the Service’s own namespace. This one matches no pod, but some pod has nearly the same labels, or the same labels in another namespace; so the Service has no endpoints.',
    recognition:
      'As service-without-endpoints; and the nearest pod by number of matching pairs, then by spelling distance of key and value (swapped, missing or wrong letters), or a pod with all labels in another namespace.',
    caveats:
      'That the nearest pod is the one that is meant is a guess from its labels: when the right pods do not run at all, a neighbour with a similar name may be shown. Pods that another Service selects are shown only when the spelling gives them away.',
    fix: 'Correct the Service’s selector, or the labels in the pod template of the workload (not on the pod, which would be lost with it).',
  },
  explain(situation: Situation): Explained {
    return {
      causes: unservedServices(situation, ['near-miss']).map((one) => cause(one, situation)),
      unknowns: [],
    };
  },
};

function cause({ view, findings, confidence }: UnservedService, situation: Situation): DraftCause {
  const { service, near } = view;
  const nearest = near[0];
  const kind = nearest?.kind ?? 'partial';
  return {
    confidence:
      kind === 'spelling' || confidence !== 'certain' ? confidence : ('likely' satisfies CauseConfidence),
    findingIndexes: findings.map(({ index }) => index),
    text: `Service ${path(service)} selects ${pairs(service.selector ?? {})}, which no pod in namespace ${service.namespace} has${nearest === undefined ? '' : `; ${describe(nearest)}`}`,
    evidence: [
      ...findings.map(packets),
      ...slices(service, view.endpoints, situation.facts),
      ...labelEvidence(near),
      ...answeredToo(findings),
    ],
    fix: nearest === undefined ? '' : fix(view, nearest),
    next: firstOf(
      command([service.namespace], `kubectl get pods -n ${service.namespace} --show-labels`),
      'kubectl netdebug explain service-selector-mismatch',
    ),
  };
}

function describe(near: NearMiss): string {
  if (near.kind === 'namespace')
    return `pod ${path(near.pod)} has these labels, but is in namespace ${near.pod.namespace}`;
  const instead = near.differences.map(({ key, value, instead: other }) =>
    other === null ? `lacks ${key}=${value}` : `has ${other.key}=${other.value}`,
  );
  return `pod ${path(near.pod)} ${instead.join(' and ')}`;
}

function labelEvidence(near: readonly NearMiss[]): string[] {
  if (near.length === 0) return [];
  return [`nearest pods: ${listed(near.map((one) => `${path(one.pod)} (${pairs(one.pod.labels)})`))}`];
}

function fix({ service }: ServiceView, near: NearMiss): string {
  if (near.kind === 'namespace')
    return `put the Service into the pods’ namespace ${near.pod.namespace}, or start the pods in namespace ${service.namespace}: a selector sees its own namespace only`;
  const words = `in the manifest of Service ${path(service)} write the labels that the pods have:`;
  const changed = near.differences.flatMap(({ key, instead }) =>
    instead === null ? [] : [{ key, instead }],
  );
  if (
    changed.length < near.differences.length ||
    changed.some(({ instead }) => !isLabel(instead.key, instead.value))
  )
    return `${words} ${pairs(near.pod.labels)}`;
  const yaml = [
    'spec:',
    '  selector:',
    ...changed.map(({ instead }) => `    ${JSON.stringify(instead.key)}: ${JSON.stringify(instead.value)}`),
  ];
  return [words, ...yaml, ...patch(service, changed)].join('\n');
}

/** The same as a merge patch; null removes a key that was misspelt. */
function patch(
  service: ServiceView['service'],
  changed: readonly {
    readonly key: string;
    readonly instead: { readonly key: string; readonly value: string };
  }[],
): string[] {
  if (selectorArgument(Object.fromEntries(changed.map(({ key }) => [key, '']))) === '') return [];
  const selector: [string, string | null][] = changed.flatMap(({ key, instead }) =>
    instead.key === key
      ? [[key, instead.value]]
      : [
          [key, null],
          [instead.key, instead.value],
        ],
  );
  const body = JSON.stringify({ spec: { selector: Object.fromEntries(selector) } });
  const text = command(
    [service.name, service.namespace],
    `kubectl patch service ${service.name} -n ${service.namespace} --type=merge -p '${body}'`,
  );
  return text === '' ? [] : ['or at once:', text];
}
