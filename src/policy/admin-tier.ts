import { cidrContains } from '../cluster/address.ts';
import type {
  AdminPeerFacts,
  AdminPolicyFacts,
  AdminRuleFacts,
  NamespacedPodsFacts,
} from '../cluster/admin-policy-facts.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { labelSelectorMatches, valueOf } from '../cluster/labels.ts';
import { isStandIn } from '../cluster/stand-in-address.ts';
import type { Direction, Flow, Host } from './flow.ts';
import { namedPortMatches } from './network-policy-tier.ts';
import { NEXT, type Outcome } from './outcome.ts';
import type { PolicyIndex } from './policy-index.ts';
import { allOf, anyOf, depends, isDoubt, unknown, type Truth } from './truth.ts';

/**
 * AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy (network-policy-api): policies by priority,
 * their rules in order, the first that matches decides; Pass hands over to the next tier. Policies of one priority
 * that decide differently are ambiguous.
 */
export function adminTier(
  index: PolicyIndex,
  tier: AdminPolicyFacts['tier'],
  pod: PodFacts,
  flow: Flow,
  direction: Direction,
): Outcome[] {
  if (index.tiers === null) {
    const reason = 'the cluster-wide policies (policy.networking.k8s.io) could not be read';
    const doubt = unknown(reason);
    return [{ ...NEXT, effect: 'deny', reason, doubt }, { ...NEXT, effect: 'allow', reason, doubt }, NEXT];
  }
  const outcomes: Outcome[] = [];
  for (const group of Map.groupBy(index.tiers[tier], ({ priority }) => priority).values()) {
    const found = group.flatMap((policy) => outcomesOf(index, policy, pod, flow, direction));
    const sure = found.filter(({ doubt }) => doubt === null);
    outcomes.push(...found.filter(({ doubt }) => doubt !== null));
    if (new Set(sure.map(({ effect }) => effect)).size > 1) return [...outcomes, ...ambiguous(sure, group)];
    const first = sure[0];
    if (first !== undefined) return [...outcomes, first];
  }
  return [...outcomes, NEXT];
}

function ambiguous(sure: readonly Outcome[], group: readonly AdminPolicyFacts[]): Outcome[] {
  const names = [...new Set(sure.map(({ by }) => `${by?.kind ?? ''} ${by?.name ?? ''}`))].join(' and ');
  const doubt = depends(`${names} have the same priority ${group[0]?.priority ?? 0} and decide differently`);
  return sure.map((outcome) => ({ ...outcome, doubt }));
}

/** The first rule of a policy that matches, after those that may; empty if none does. */
function outcomesOf(
  index: PolicyIndex,
  policy: AdminPolicyFacts,
  pod: PodFacts,
  flow: Flow,
  direction: Direction,
): Outcome[] {
  const subject = podMatches(index, policy.subject, pod);
  if (subject === false) return [];
  const outcomes: Outcome[] = [];
  for (const [ruleIndex, rule] of policy[direction].entries()) {
    const match = ruleMatches(index, policy, rule, pod, flow, direction);
    const truth = allOf([subject, match.truth]);
    if (truth === false) continue;
    const effect = effectOf(rule, match.unknownPeer);
    if (effect === null) continue;
    outcomes.push({
      effect,
      reason: `rule ${ruleIndex + 1} (${direction}) of ${policy.kind} ${policy.name} ${WORDS[effect]} it`,
      by: { kind: policy.kind, namespace: '', name: policy.name, rule: ruleIndex, peer: match.peer },
      isolating: [],
      doubt: isDoubt(truth) ? truth : null,
    });
    if (truth === true) return outcomes;
  }
  if (policy.whole) return outcomes;
  const reason = `${policy.kind} ${policy.name} is too large to be read whole`;
  return [
    ...outcomes,
    { ...NEXT, effect: 'deny', reason, doubt: unknown(reason) },
    { ...NEXT, effect: 'allow', reason, doubt: unknown(reason) },
  ];
}

const WORDS: Readonly<Record<Outcome['effect'], string>> = {
  allow: 'accepts',
  deny: 'denies',
  next: 'passes on',
};

/** A peer of a form that is not known fails closed: Accept matches nothing, others deny (v1alpha2 API). */
function effectOf(rule: AdminRuleFacts, unknownPeer: boolean): Outcome['effect'] | null {
  if (unknownPeer) return rule.action === 'Accept' ? null : 'deny';
  switch (rule.action) {
    case 'Accept':
      return 'allow';
    case 'Pass':
      return 'next';
    default:
      return 'deny';
  }
}

interface RuleMatch {
  readonly truth: Truth;
  readonly peer: number;
  /** It matched only because a peer or port is of a form that is not known. */
  readonly unknownPeer: boolean;
}

function ruleMatches(
  index: PolicyIndex,
  policy: AdminPolicyFacts,
  rule: AdminRuleFacts,
  pod: PodFacts,
  flow: Flow,
  direction: Direction,
): RuleMatch {
  const host = direction === 'ingress' ? flow.from : flow.to;
  const ports = rule.ports === null || anyOf(rule.ports.map((port) => portMatches(port, flow)));
  const peers = rule.peers.map((peer) => peerMatches(index, policy, peer, pod, host));
  const best = peers.indexOf(true);
  const known = allOf([ports, anyOf(peers)]);
  if (known !== false)
    return { truth: known, peer: best >= 0 ? best : peers.findIndex(isDoubt), unknownPeer: false };
  const oddPeer = rule.peers.some((peer) => isOfUnknownForm(peer));
  const oddPort = rule.ports?.some((port) => !port.known) ?? false;
  const truth = allOf([ports === false ? oddPort : ports, anyOf(peers) === false ? oddPeer : anyOf(peers)]);
  return { truth, peer: -1, unknownPeer: true };
}

function isOfUnknownForm({ pods, networks, nodes, domainNames }: AdminPeerFacts): boolean {
  return pods === null && networks === null && nodes === null && domainNames === null;
}

function portMatches(
  port: {
    readonly protocol: string;
    readonly first: number;
    readonly last: number;
    readonly name: string;
    readonly known: boolean;
  },
  flow: Flow,
): Truth {
  if (!port.known) return false;
  if (port.name !== '') return namedPortMatches(port.name, flow.to, flow.protocol, flow.port);
  return port.protocol === flow.protocol && port.first <= flow.port && flow.port <= port.last;
}

function podMatches(index: PolicyIndex, pods: NamespacedPodsFacts, pod: PodFacts): Truth {
  return allOf([
    pods.podSelector === null || labelSelectorMatches(pods.podSelector, pod.labels),
    index.namespaceMatches(pods.namespaceSelector, pod.namespace),
  ]);
}

function peerMatches(
  index: PolicyIndex,
  policy: AdminPolicyFacts,
  peer: AdminPeerFacts,
  subject: PodFacts,
  host: Host,
): Truth {
  if (peer.networks !== null) {
    const inside = peer.networks.some((cidr) => cidrContains(cidr, host.address));
    // ClusterNetworkPolicy says that networks match pods, too.
    const spared =
      host.kind === 'pod' && policy.kind !== 'ClusterNetworkPolicy' && index.ipBlockMatchesPods === false;
    if (!spared && !inside && host.kind === 'pod' && isStandIn(host.address))
      return depends(
        `whether the networks contain the address of pod ${host.pod.namespace}/${host.pod.name} is not known`,
      );
    return inside && !spared;
  }
  if (peer.nodes !== null) return host.kind === 'node' && index.nodeMatches(peer.nodes, host.node);
  if (peer.domainNames !== null)
    return (
      host.kind === 'outside' && depends(`whether ${host.address} is one of the domain names is not known`)
    );
  if (peer.pods === null) return false;
  if (host.kind === 'unplaced') return unknown(`which pod has ${host.address} is not known`);
  if (host.kind !== 'pod') return false;
  return allOf([
    podMatches(index, peer.pods, host.pod),
    sharesLabels(index, peer, subject.namespace, host.pod.namespace),
  ]);
}

/** API v0.1.1: a key that the subject's namespace lacks selects nothing under sameLabels, nor under notSameLabels. */
function sharesLabels(index: PolicyIndex, peer: AdminPeerFacts, subject: string, other: string): Truth {
  if (peer.sameLabels.length + peer.notSameLabels.length === 0) return true;
  const [own, theirs] = [index.labelsOf(subject), index.labelsOf(other)];
  if (own === null || theirs === null) return unknown('the labels of the namespaces could not be read');
  const same = (key: string): boolean =>
    valueOf(own, key) !== undefined && valueOf(own, key) === valueOf(theirs, key);
  return peer.sameLabels.every(same) && !(peer.notSameLabels.length > 0 && peer.notSameLabels.every(same));
}
