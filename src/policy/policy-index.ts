import type { AdminPolicyFacts } from '../cluster/admin-policy-facts.ts';
import type { Facts, LabelSelectorFacts, NetworkPolicyFacts, NodeFacts, PodFacts } from '../cluster/facts.ts';
import { covers, labelSelectorMatches } from '../cluster/labels.ts';
import type { Direction } from './flow.ts';
import { unknown, type Truth } from './truth.ts';

/** Label that carries the namespace's name since Kubernetes 1.22. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

export interface PolicyOptions {
  /**
   * Whether an ipBlock matches the addresses of pods, which the API leaves to the implementation (Calico: yes,
   * Cilium: no); null: not known, then what hangs on it `depends`.
   */
  readonly ipBlockMatchesPods: boolean | null;
}

/** The facts, so ordered that one flow is judged without looking through all policies. */
export interface PolicyIndex extends PolicyOptions {
  /** Policies of a pod's namespace that isolate it in a direction. */
  isolating(pod: PodFacts, direction: Direction): readonly NetworkPolicyFacts[];
  /** Whether all NetworkPolicies of a namespace were read. */
  covers(namespace: string): boolean;
  /** Policies of a cluster-wide tier, most important first; null: they could not be read. */
  readonly tiers: Readonly<Record<AdminPolicyFacts['tier'], readonly AdminPolicyFacts[]>> | null;
  /** Labels of a namespace; null: they could not be read. */
  labelsOf(namespace: string): Readonly<Record<string, string>> | null;
  /** Whether a namespace's labels match; null selects every one. */
  namespaceMatches(selector: LabelSelectorFacts | null, namespace: string): Truth;
  nodeMatches(selector: LabelSelectorFacts, node: string): Truth;
}

/** Indexes the facts; what a pod's policies are is found out when it is first asked for. */
export function openPolicies(facts: Facts, options: PolicyOptions): PolicyIndex {
  const byNamespace = Map.groupBy(facts.networkPolicies ?? [], ({ namespace }) => namespace);
  const namespaces = new Map(
    (facts.namespaces ?? []).map(({ name, labels }) => [name, { ...labels, [NAME_LABEL]: name }]),
  );
  const nodes = new Map((facts.nodes ?? []).map((node) => [node.name, node]));
  const selecting = new WeakMap<PodFacts, readonly NetworkPolicyFacts[]>();
  const policiesOf = (pod: PodFacts): readonly NetworkPolicyFacts[] => {
    const known = selecting.get(pod);
    if (known !== undefined) return known;
    const found = (byNamespace.get(pod.namespace) ?? []).filter(({ podSelector }) =>
      labelSelectorMatches(podSelector, pod.labels),
    );
    selecting.set(pod, found);
    return found;
  };
  const labelsOf = (namespace: string): Readonly<Record<string, string>> | null =>
    namespaces.get(namespace) ?? null;
  return {
    ...options,
    tiers: orderTiers(facts.adminPolicies),
    isolating: (pod, direction) => {
      const type = direction === 'ingress' ? 'Ingress' : 'Egress';
      return policiesOf(pod).filter(({ policyTypes }) => policyTypes.includes(type));
    },
    covers: (namespace) => covers(facts, 'networkPolicies', namespace),
    labelsOf,
    namespaceMatches: (selector, namespace) => namespaceMatches(selector, namespace, labelsOf(namespace)),
    nodeMatches: (selector, node) => nodeMatches(selector, node, nodes),
  };
}

function orderTiers(policies: readonly AdminPolicyFacts[] | null): PolicyIndex['tiers'] {
  if (policies === null) return null;
  const sorted = policies.toSorted((a, b) => a.priority - b.priority);
  return {
    Admin: sorted.filter(({ tier }) => tier === 'Admin'),
    Baseline: sorted.filter(({ tier }) => tier === 'Baseline'),
  };
}

/** A namespace whose labels were not read still has the one with its name. */
function namespaceMatches(
  selector: LabelSelectorFacts | null,
  namespace: string,
  labels: Readonly<Record<string, string>> | null,
): Truth {
  if (selector === null) return true;
  if (labels !== null) return labelSelectorMatches(selector, labels);
  const ofName: LabelSelectorFacts = {
    matchLabels: Object.fromEntries(
      Object.entries(selector.matchLabels).filter(([key]) => key === NAME_LABEL),
    ),
    matchExpressions: selector.matchExpressions.filter(({ key }) => key === NAME_LABEL),
  };
  if (!labelSelectorMatches(ofName, { [NAME_LABEL]: namespace })) return false;
  const whole =
    Object.keys(ofName.matchLabels).length === Object.keys(selector.matchLabels).length &&
    ofName.matchExpressions.length === selector.matchExpressions.length;
  return whole || unknown(`the labels of namespace ${namespace} could not be read`);
}

function nodeMatches(
  selector: LabelSelectorFacts,
  node: string,
  nodes: ReadonlyMap<string, NodeFacts>,
): Truth {
  const facts = nodes.get(node);
  return facts === undefined
    ? unknown(`the labels of node ${node} could not be read`)
    : labelSelectorMatches(selector, facts.labels);
}
