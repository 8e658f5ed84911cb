import type { KubeApi } from '../kube/kube-api.ts';
import type { NetworkPolicyFacts, PolicyPeerFacts, PolicyPortFacts, PolicyRuleFacts } from './facts.ts';
import { asList, asNumber, asObject, asText, asTextMap, asTexts, compareObjects } from './raw.ts';
import { readList, type ListRead } from './read-list.ts';
import { isWhole, toLabelSelector, toSelectorOrNull } from './selectors.ts';

/** Reads the NetworkPolicies with their rules. Never throws. */
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
    labels: asTextMap(metadata['labels']),
    podSelector: toLabelSelector(spec['podSelector']),
    policyTypes: types.length > 0 ? [...new Set(types)] : byDefault,
    ingress: asList(spec['ingress']).map((rule) => toRule(rule, 'from')),
    egress: asList(spec['egress']).map((rule) => toRule(rule, 'to')),
    whole: isWhole(spec),
  };
}

function toRule(raw: unknown, peers: 'from' | 'to'): PolicyRuleFacts {
  const rule = asObject(raw);
  return { peers: asList(rule[peers]).map(toPeer), ports: asList(rule['ports']).map(toPort) };
}

function toPeer(raw: unknown): PolicyPeerFacts {
  const peer = asObject(raw);
  const block = asObject(peer['ipBlock']);
  return {
    podSelector: toSelectorOrNull(peer['podSelector']),
    namespaceSelector: toSelectorOrNull(peer['namespaceSelector']),
    ipBlock: 'cidr' in block ? { cidr: asText(block['cidr']), except: asTexts(block['except']) } : null,
  };
}

function toPort(raw: unknown): PolicyPortFacts {
  const port = asObject(raw);
  const number = port['port'];
  return {
    protocol: asText(port['protocol']) || 'TCP',
    port: typeof number === 'string' ? asText(number) : toPortNumber(number),
    endPort: toPortNumber(port['endPort']),
  };
}

function toPortNumber(value: unknown): number | null {
  const number = asNumber(value, -1);
  return Number.isInteger(number) && number >= 0 && number <= 65_535 ? number : null;
}
