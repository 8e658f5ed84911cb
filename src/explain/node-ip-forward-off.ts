import { isIPv6 } from '../cluster/address.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence, Unknown } from './explanation.ts';
import { count, listed, packets } from './evidence.ts';
import { networkOf, notLookedInto, readNode } from './node-view.ts';
import { notForwarding, sysctlFor, turnOn } from './not-forwarding.ts';
import { destinationsFrom, isWhollySilent, reachedAway, type Destination } from './off-node.ts';

/** What leaves the client's node gets no answer, what stays on it does. */
export const nodeIpForwardOff: Explainer = {
  id: 'node-ip-forward-off',
  doc: {
    title: 'The node does not forward packets',
    meaning:
      'A node is a router for its pods. With net.ipv4.ip_forward=0 it silently drops what pods send to other nodes and outside, and what comes for its pods. A security scan or a lost file in /etc/sysctl.d sets it back at a reboot.',
    recognition:
      'With --read-node: the setting is 0 on a node that has to forward what got no answer. Else: SYN or query retries without any answer to at least two destinations off the client’s node, on more than one other node (a cluster of two has just one), and no answer from any destination off the node. It is likely if endpoints on the same node answer, no policy selects either side and the node is Ready.',
    caveats:
      'It is certain only where the node was looked into (--read-node); the value in the pod is another one, for each network namespace has its own. Without that, a firewall between the nodes, a blocked overlay port, rp_filter or a NetworkPolicy look the same in a pod’s capture; in a cluster of two nodes the fault may also be on the other one. Where pods of one node are routed to each other (no bridge), the same node is silent too.',
    fix: 'On the node: sysctl -w net.ipv4.ip_forward=1, kept in /etc/sysctl.d; then find out what turned it off.',
  },
  explain(situation: Situation): Explained {
    const nodes = [
      ...new Set(situation.facts.targets.flatMap((target) => nodeOf(target, situation))),
    ].toSorted();
    const read = notForwarding(situation);
    // What is off the node is silent for a reason that was read.
    const judged = read.length > 0 ? [] : nodes.map((node) => judge(node, situation));
    return {
      causes: [...read, ...judged.flatMap(({ causes }) => causes)],
      unknowns: judged.flatMap(({ unknowns }) => unknowns),
    };
  },
};

const NOTHING: Explained = { causes: [], unknowns: [] };

function nodeOf(
  target: { readonly namespace: string; readonly name: string },
  { facts }: Situation,
): string[] {
  const pod = facts.pods?.find(
    ({ namespace, name }) => namespace === target.namespace && name === target.name,
  );
  return pod === undefined || pod.hostNetwork || pod.node === '' ? [] : [pod.node];
}

function judge(node: string, situation: Situation): Explained {
  if (networkOf(node, situation)?.sysctls['net.ipv4.ip_forward'] === 1) return NOTHING;
  const destinations = destinationsFrom(node, situation);
  const silent = destinations.filter(({ away, finding }) => away.length > 0 && finding !== null);
  if (silent.length === 0 || destinations.some(reachedAway) || answeredFromOutside(node, situation))
    return NOTHING;
  if (!silent.some(({ away }) => away.some((place) => place.node !== ''))) return NOTHING;
  const others = otherNodes(node, situation);
  const places = certainlySilent(silent);
  const unknowns = unknownsOf(node, others, silent, situation);
  if (places.endpoints < 2 || (others.length >= 2 && places.nodes.size < 2)) return { causes: [], unknowns };
  return { causes: [cause(node, destinations, silent, others, situation)], unknowns };
}

/** A connection from another node to a pod of this one that was answered: the node forwards. */
function answeredFromOutside(node: string, { groups, directory }: Situation): boolean {
  return groups.some((group) => {
    const from = directory.lookup(group.client);
    const away =
      from.kind === 'external' ||
      ((from.kind === 'pod' || from.kind === 'node') && from.node !== '' && from.node !== node);
    return away && directory.podAt(group.serverAddress)?.node === node && group.outcomes.answered > 0;
  });
}

function otherNodes(node: string, { facts }: Situation): string[] {
  const names =
    facts.nodes === null ? (facts.pods ?? []).map((pod) => pod.node) : facts.nodes.map(({ name }) => name);
  return [...new Set(names)].filter((name) => name !== '' && name !== node).toSorted();
}

/**
 * The least number of endpoints, and the nodes, that must be silent: a destination counts all its endpoints if all
 * must be, else one; destinations that may share an endpoint count once.
 */
function certainlySilent(silent: readonly Destination[]): {
  readonly endpoints: number;
  readonly nodes: ReadonlySet<string>;
} {
  const counted = new Set<string>();
  const nodes = new Set<string>();
  let endpoints = 0;
  for (const destination of silent.toSorted((a, b) => a.away.length - b.away.length)) {
    const whole = isWhollySilent(destination);
    const own = new Set(destination.away.map((place) => place.node));
    // One node counts although it is unknown which of its endpoints is silent; "" is the world outside.
    if (whole || own.size === 1) for (const name of own) nodes.add(name);
    const fresh = destination.away.filter(({ address }) => !counted.has(address));
    if (whole) endpoints += fresh.length;
    else if (fresh.length === destination.away.length) endpoints += 1;
    for (const { address } of destination.away) counted.add(address);
  }
  return { endpoints, nodes };
}

function cause(
  node: string,
  destinations: readonly Destination[],
  silent: readonly Destination[],
  others: readonly string[],
  situation: Situation,
): DraftCause {
  const findings = silent
    .flatMap(({ finding }) => (finding === null ? [] : [finding]))
    .toSorted((a, b) => a.index - b.index);
  const same = destinations.filter(({ here, reached }) => here > 0 && reached > 0);
  const confidence = confidenceOf(node, same, findings, situation);
  const sysctl = sysctlOf(silent);
  return {
    confidence,
    findingIndexes: findings.map(({ index }) => index),
    text: `Node ${node} ${confidence === 'likely' ? 'does not seem to forward' : 'may not forward'} packets (${sysctl}): ${count(silent.length, 'destination')} off the node ${silent.length === 1 ? 'is' : 'are'} silent (${listed(silent.map(({ server }) => nameOf(server, situation)))})${same.length > 0 ? ', endpoints on the node answer' : ''}`,
    evidence: [
      ...findings.map(packets),
      ...silent.map((one) => placeEvidence(one, node, situation)),
      ...sameEvidence(same, node, situation),
      ...nodeEvidence(node, others, situation),
    ],
    fix: turnOn(node, sysctl, ', if the value is 0, and kept over a reboot'),
    next: readNode(situation),
  };
}

function confidenceOf(
  node: string,
  same: readonly Destination[],
  findings: readonly PlacedFinding[],
  { facts }: Situation,
): CauseConfidence {
  const ready = facts.nodes?.find(({ name }) => name === node)?.ready === true;
  return same.length > 0 && ready && findings.every(({ suspects }) => suspects.length === 0)
    ? 'likely'
    : 'possible';
}

function sysctlOf(silent: readonly Destination[]): string {
  return sysctlFor(
    silent.every(({ away }) => away.every(({ address }) => isIPv6(address))) ? '::' : '0.0.0.0',
  );
}

function nameOf(server: string, { directory }: Situation): string {
  const service = directory.serviceAt(server);
  const address = server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return (
    (service === null ? '' : `svc/${service.name}.${service.namespace}`) ||
    directory.nameOf(address) ||
    address
  );
}

function placeEvidence(
  { server, away, here, silent, reached }: Destination,
  node: string,
  situation: Situation,
): string {
  const where = [
    ...new Set(away.map((place) => (place.node === '' ? 'outside the cluster' : `on ${place.node}`))),
  ].toSorted();
  const mixed = here > 0 ? `, ${count(here, 'endpoint')} on ${node} itself` : '';
  return `${nameOf(server, situation)}: ${count(away.length, 'endpoint')} ${where.join(' and ')}${mixed}; ${silent} attempts without answer, ${reached} answered`;
}

function sameEvidence(same: readonly Destination[], node: string, situation: Situation): string[] {
  return same
    .slice(0, 5)
    .map(
      ({ server, reached }) => `on ${node} itself ${nameOf(server, situation)} answered ${reached} attempts`,
    );
}

function nodeEvidence(node: string, others: readonly string[], { facts }: Situation): string[] {
  const own = facts.nodes?.find(({ name }) => name === node);
  const state =
    own === undefined
      ? `whether node ${node} is Ready could not be read`
      : `Node ${node} is ${own.ready ? 'Ready' : 'not Ready'}${own.problems.length > 0 ? ` (${listed(own.problems)})` : ''}`;
  return others.length === 1
    ? [state, `the only other node, ${others[0] ?? ''}, would look the same if it did not forward`]
    : [state];
}

function unknownsOf(
  node: string,
  others: readonly string[],
  silent: readonly Destination[],
  situation: Situation,
): Unknown[] {
  const sysctl = sysctlOf(silent);
  return [node, ...(others.length === 1 ? others : [])]
    .filter((name) => networkOf(name, situation) === null)
    .map((name) => notLookedInto(`sysctl ${sysctl}`, name, situation));
}
