import type {
  LabelSelectorFacts,
  NetworkPolicyFacts,
  PolicyPeerFacts,
  PolicyPortFacts,
} from '../cluster/facts.ts';
import { labelSelectorMatches, valueOf } from '../cluster/labels.ts';
import type { Direction, Flow, Host } from './flow.ts';
import { peerMatches, portMatches } from './network-policy-tier.ts';
import type { PolicyIndex } from './policy-index.ts';

/** A rule that needs more changes than this is not near. */
const MAX_CHANGES = 2;

interface Miss {
  readonly changes: number;
  readonly text: string;
}

/** The rule of the isolating policies that comes nearest to admitting the flow, in words; '' if none is near. */
export function nearestMiss(index: PolicyIndex, flow: Flow, direction: Direction): string {
  const subject = direction === 'ingress' ? flow.to : flow.from;
  if (subject.kind !== 'pod') return '';
  let nearest: Miss | null = null;
  for (const policy of index.isolating(subject.pod, direction)) {
    for (const miss of missesOf(index, policy, flow, direction))
      if (miss.changes <= MAX_CHANGES && (nearest === null || miss.changes < nearest.changes)) nearest = miss;
  }
  return nearest?.text ?? '';
}

function missesOf(index: PolicyIndex, policy: NetworkPolicyFacts, flow: Flow, direction: Direction): Miss[] {
  const host = direction === 'ingress' ? flow.from : flow.to;
  return policy[direction].flatMap((rule, ruleIndex): Miss[] => {
    const where = `rule ${ruleIndex + 1} (${direction}) of NetworkPolicy ${policy.namespace}/${policy.name}`;
    const portFits = rule.ports.length === 0 || rule.ports.some((port) => portMatches(port, flow) === true);
    const ports = portFits
      ? []
      : [
          `port ${rule.ports.slice(0, 3).map(portText).join(', ')} is allowed, ${flow.port}/${flow.protocol} was used`,
        ];
    const peers =
      rule.peers.length === 0
        ? [[]]
        : rule.peers
            .map((peer) => peerMisses(index, peer, host, policy.namespace))
            .filter((one) => one !== null);
    return peers.map((peer) => ({
      changes: ports.length + peer.length,
      text: `${where} is nearest: ${[...ports, ...peer].join('; ')}`,
    }));
  });
}

function portText(port: PolicyPortFacts): string {
  const number = port.port === null ? 'any' : String(port.port);
  return `${number}${port.endPort === null ? '' : `-${port.endPort}`}/${port.protocol}`;
}

/** What the host lacks to be the peer, one text each; null if labels cannot make it one. */
function peerMisses(
  index: PolicyIndex,
  peer: PolicyPeerFacts,
  host: Host,
  namespace: string,
): string[] | null {
  if (peerMatches(index, peer, host, namespace) === true) return [];
  if (host.kind !== 'pod' || peer.ipBlock !== null) return null;
  const { pod } = host;
  const space = index.labelsOf(pod.namespace);
  if (peer.namespaceSelector === null && pod.namespace !== namespace)
    return [`it admits pods of namespace ${namespace} only, ${pod.namespace}/${pod.name} is in another`];
  const ofNamespace =
    peer.namespaceSelector === null
      ? []
      : space === null
        ? null
        : labelMisses(peer.namespaceSelector, space, `namespace ${pod.namespace}`);
  const ofPod =
    peer.podSelector === null
      ? []
      : labelMisses(peer.podSelector, pod.labels, `pod ${pod.namespace}/${pod.name}`);
  return ofNamespace === null || ofPod === null ? null : [...ofNamespace, ...ofPod];
}

/** Labels that would have to be there; null where an expression is what does not match. */
function labelMisses(
  selector: LabelSelectorFacts,
  labels: Readonly<Record<string, string>>,
  whose: string,
): string[] | null {
  if (!labelSelectorMatches({ ...selector, matchLabels: {} }, labels)) return null;
  return Object.entries(selector.matchLabels)
    .filter(([key, value]) => valueOf(labels, key) !== value)
    .map(([key, value]) => {
      const own = valueOf(labels, key);
      return `it would match if ${whose} had ${key}=${value} (${own === undefined ? 'it has no such label' : `it has ${key}=${own}`})`;
    });
}
