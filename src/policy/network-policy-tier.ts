import { cidrContains } from '../cluster/address.ts';
import type { NetworkPolicyFacts, PodFacts, PolicyPeerFacts, PolicyPortFacts } from '../cluster/facts.ts';
import { labelSelectorMatches } from '../cluster/labels.ts';
import { isStandIn } from '../cluster/stand-in-address.ts';
import type { Direction, Flow, Host } from './flow.ts';
import { NEXT, type Outcome } from './outcome.ts';
import type { PolicyIndex } from './policy-index.ts';
import { allOf, anyOf, depends, isDoubt, unknown, type Truth } from './truth.ts';

/**
 * NetworkPolicy (networking.k8s.io/v1): policies of the pod's namespace that select it isolate it in their directions;
 * then only what a rule of one of them admits is allowed, and no later tier is asked.
 */
export function networkPolicyTier(
  index: PolicyIndex,
  pod: PodFacts,
  flow: Flow,
  direction: Direction,
): Outcome[] {
  const isolating = index.isolating(pod, direction);
  const unread = index.covers(pod.namespace)
    ? []
    : [`the NetworkPolicies of namespace ${pod.namespace} could not be read`];
  if (isolating.length === 0) return [...unread.map((reason) => doubtful('deny', reason)), NEXT];
  const doubts: Outcome[] = [];
  for (const policy of isolating) {
    const found = admits(index, policy, flow, direction);
    if (found !== null && found.doubt === null) return [found];
    if (found !== null) doubts.push(found);
  }
  const cut = isolating
    .filter(({ whole }) => !whole)
    .map(({ namespace, name }) => `NetworkPolicy ${namespace}/${name} is too large to be read whole`);
  return [
    ...doubts,
    ...[...unread, ...cut].map((reason) => doubtful('allow', reason)),
    {
      ...NEXT,
      effect: 'deny',
      isolating: isolating.map(({ namespace, name }) => ({ namespace, name })),
      reason:
        isolating.length === 1
          ? `NetworkPolicy ${nameOf(isolating[0])} selects pod ${pod.namespace}/${pod.name} for ${direction} and no rule of it admits this`
          : `${isolating.length} NetworkPolicies select pod ${pod.namespace}/${pod.name} for ${direction} and no rule of them admits this`,
    },
  ];
}

function nameOf(policy: NetworkPolicyFacts | undefined): string {
  return policy === undefined ? '' : `${policy.namespace}/${policy.name}`;
}

function doubtful(effect: Outcome['effect'], reason: string): Outcome {
  return { ...NEXT, effect, reason, doubt: unknown(reason) };
}

/** The rule that admits the flow; the first that may do so if none does surely. */
function admits(
  index: PolicyIndex,
  policy: NetworkPolicyFacts,
  flow: Flow,
  direction: Direction,
): Outcome | null {
  const peer = direction === 'ingress' ? flow.from : flow.to;
  let doubtfully: Outcome | null = null;
  for (const [ruleIndex, rule] of policy[direction].entries()) {
    const ports = rule.ports.length === 0 || anyOf(rule.ports.map((port) => portMatches(port, flow)));
    if (ports === false) continue;
    const peers =
      rule.peers.length === 0
        ? [true]
        : rule.peers.map((one) => peerMatches(index, one, peer, policy.namespace));
    for (const [peerIndex, truth] of peers.entries()) {
      const whole = allOf([ports, truth]);
      if (whole === false) continue;
      const outcome: Outcome = {
        ...NEXT,
        effect: 'allow',
        reason: `rule ${ruleIndex + 1} (${direction}) of NetworkPolicy ${nameOf(policy)} admits it`,
        by: {
          kind: 'NetworkPolicy',
          namespace: policy.namespace,
          name: policy.name,
          rule: ruleIndex,
          peer: rule.peers.length === 0 ? -1 : peerIndex,
        },
        doubt: isDoubt(whole) ? whole : null,
      };
      if (outcome.doubt === null) return outcome;
      doubtfully ??= outcome;
    }
  }
  return doubtfully;
}

/** Whether a port of a rule is the flow's; a name is looked up in the pod that is dialled, under the same protocol. */
export function portMatches(port: PolicyPortFacts, { to, protocol, port: number }: Flow): Truth {
  if (port.protocol !== protocol) return false;
  if (port.port === null) return true;
  if (typeof port.port === 'string') return namedPortMatches(port.port, to, protocol, number);
  return port.endPort === null ? port.port === number : port.port <= number && number <= port.endPort;
}

/** Whether a container of the dialled pod declares the port under that name. */
export function namedPortMatches(name: string, to: Host, protocol: string, number: number): Truth {
  if (to.kind === 'unplaced') return unknown(`which pod has ${to.address} is not known`);
  if (to.kind !== 'pod') return false;
  return to.pod.containerPorts.some(
    (own) => own.name === name && own.protocol === protocol && own.port === number,
  );
}

/** Whether a peer of a policy in `namespace` is the host. */
export function peerMatches(index: PolicyIndex, peer: PolicyPeerFacts, host: Host, namespace: string): Truth {
  if (peer.ipBlock !== null) return blockMatches(index, peer.ipBlock, host);
  if (peer.podSelector === null && peer.namespaceSelector === null) return false;
  if (host.kind === 'unplaced') return unknown(`which pod has ${host.address} is not known`);
  if (host.kind !== 'pod') return false;
  const space =
    peer.namespaceSelector === null
      ? host.pod.namespace === namespace
      : index.namespaceMatches(peer.namespaceSelector, host.pod.namespace);
  return allOf([space, peer.podSelector === null || labelSelectorMatches(peer.podSelector, host.pod.labels)]);
}

function blockMatches(
  index: PolicyIndex,
  block: { readonly cidr: string; readonly except: readonly string[] },
  host: Host,
): Truth {
  const unknownAddress = host.kind === 'pod' && index.ipBlockMatchesPods !== false && isStandIn(host.address);
  if (unknownAddress && (block.except.length > 0 || !isEverything(block.cidr)))
    return depends(
      `whether ipBlock ${block.cidr} contains the address of pod ${host.pod.namespace}/${host.pod.name} is not known`,
    );
  const inside =
    cidrContains(block.cidr, host.address) && !block.except.some((cidr) => cidrContains(cidr, host.address));
  if (!inside || host.kind === 'outside') return inside;
  if (host.kind === 'node')
    return (
      index.ipBlockMatchesPods !== false ||
      depends(
        `ipBlock ${block.cidr} contains the node address ${host.address}, and this CNI may not match nodes by it`,
      )
    );
  return (
    index.ipBlockMatchesPods ??
    depends(
      `ipBlock ${block.cidr} contains ${host.address}, a pod’s address, and whether an ipBlock matches pods is left to the CNI`,
    )
  );
}

function isEverything(cidr: string): boolean {
  return cidr === '0.0.0.0/0';
}
