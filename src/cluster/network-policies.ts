import type { KubeApi } from '../kube/kube-api.ts';
import type { LabelSelectorFacts, NetworkPolicyFacts } from './facts.ts';
import { asList, asObject, asText, asTextMap, asTexts, compareObjects } from './raw.ts';
import { readList, type ListRead } from './read-list.ts';

/** Reads the NetworkPolicies, only as far as whom they select. Never throws. */
export async function readNetworkPolicies(
  api: KubeApi,
  namespaces: readonly string[],
): Promise<ListRead<NetworkPolicyFacts>> {
  const read = await readList(
    api,
    { base: '/apis/networking.k8s.io/v1', resource: 'networkpolicies', factList: 'networkPolicies' },
    namespaces,
    toNetworkPolicyFacts,
  );
  return { ...read, items: read.items?.toSorted(compareObjects) ?? null };
}

/**
 * Reduces a NetworkPolicy of the API. Without policyTypes it is about Ingress, and about Egress only
 * if it has egress rules (Kubernetes API defaults).
 */
export function toNetworkPolicyFacts(raw: unknown): NetworkPolicyFacts {
  const policy = asObject(raw);
  const metadata = asObject(policy['metadata']);
  const spec = asObject(policy['spec']);
  const types = asTexts(spec['policyTypes']).filter((type) => type === 'Ingress' || type === 'Egress');
  const byDefault: ('Ingress' | 'Egress')[] =
    asList(spec['egress']).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  return {
    namespace: asText(metadata['namespace']),
    name: asText(metadata['name']),
    podSelector: toLabelSelector(spec['podSelector']),
    policyTypes: types.length > 0 ? types : byDefault,
  };
}

function toLabelSelector(raw: unknown): LabelSelectorFacts {
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
