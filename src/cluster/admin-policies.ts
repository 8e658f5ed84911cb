import type {
  AdminPeerFacts,
  AdminPolicyFacts,
  AdminPortFacts,
  AdminRuleFacts,
  NamespacedPodsFacts,
} from './admin-policy-facts.ts';
import { asList, asNumber, asObject, asText, asTextMap, asTexts } from './raw.ts';
import { isWhole, toLabelSelector, toSelectorOrNull } from './selectors.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Group of the cluster-wide tiers around NetworkPolicy. */
export const ADMIN_POLICY_GROUP = 'policy.networking.k8s.io';

const LAST_PORT = 65_535;
/** BaselineAdminNetworkPolicy has no priority of its own; ClusterNetworkPolicy's go up to 1000. */
const BASELINE_PRIORITY = 1000;

/** Reduces an object of one of the three kinds (network-policy-api v1alpha1, v0.1.1 form included, and v1alpha2). */
export function toAdminPolicyFacts(kind: AdminPolicyFacts['kind'], raw: unknown): AdminPolicyFacts {
  const policy = asObject(raw);
  const metadata = asObject(policy['metadata']);
  const spec = asObject(policy['spec']);
  const baseline = kind === 'BaselineAdminNetworkPolicy' || spec['tier'] === 'Baseline';
  return {
    kind,
    name: asText(metadata['name']),
    labels: asTextMap(metadata['labels']),
    tier: baseline ? 'Baseline' : 'Admin',
    priority:
      kind === 'BaselineAdminNetworkPolicy'
        ? BASELINE_PRIORITY
        : Math.max(0, Math.trunc(asNumber(spec['priority']))),
    subject: toSubject(asObject(spec['subject'])),
    ingress: asList(spec['ingress']).map((rule) => toRule(asObject(rule), 'from')),
    egress: asList(spec['egress']).map((rule) => toRule(asObject(rule), 'to')),
    whole: isWhole(spec),
  };
}

function toSubject(subject: Raw): NamespacedPodsFacts {
  const pods = asObject(subject['pods']);
  return 'pods' in subject
    ? {
        namespaceSelector: toSelectorOrNull(pods['namespaceSelector']),
        podSelector: toSelectorOrNull(pods['podSelector']),
      }
    : { namespaceSelector: toLabelSelector(subject['namespaces']), podSelector: null };
}

function toRule(rule: Raw, peers: 'from' | 'to'): AdminRuleFacts {
  const ports = asList(rule['ports']).map((port) => toPort(asObject(port)));
  const protocols = asList(rule['protocols']).map((protocol) => toProtocol(asObject(protocol)));
  return {
    name: asText(rule['name']),
    action: toAction(rule['action']),
    peers: asList(rule[peers]).map((peer) => toPeer(asObject(peer))),
    ports: ports.length + protocols.length === 0 ? null : [...ports, ...protocols],
  };
}

function toAction(action: unknown): AdminRuleFacts['action'] {
  switch (action) {
    case 'Allow':
    case 'Accept':
      return 'Accept';
    case 'Deny':
    case 'Pass':
      return action;
    default:
      return 'Unknown';
  }
}

function toPeer(peer: Raw): AdminPeerFacts {
  const pods = asObject(peer['pods']);
  // v0.1.1 wraps the namespaces' selector, in `namespaces` and in `pods.namespaces`; later forms do not.
  const spaces = 'pods' in peer ? asObject(pods['namespaces']) : asObject(peer['namespaces']);
  const wrapped = ['namespaceSelector', 'sameLabels', 'notSameLabels'].some((key) => key in spaces);
  const bare = 'pods' in peer ? pods['namespaceSelector'] : peer['namespaces'];
  return {
    pods:
      'pods' in peer || 'namespaces' in peer
        ? {
            namespaceSelector: toSelectorOrNull(wrapped ? spaces['namespaceSelector'] : bare),
            podSelector: toSelectorOrNull(pods['podSelector']),
          }
        : null,
    sameLabels: asTexts(spaces['sameLabels']),
    notSameLabels: asTexts(spaces['notSameLabels']),
    networks: 'networks' in peer ? asTexts(peer['networks']) : null,
    nodes: toSelectorOrNull(peer['nodes']),
    domainNames: 'domainNames' in peer ? asTexts(peer['domainNames']) : null,
  };
}

/** v1alpha1: portNumber, portRange or namedPort. */
function toPort(port: Raw): AdminPortFacts {
  if (typeof port['namedPort'] === 'string') return named(port['namedPort']);
  const number = asObject(port['portNumber']);
  if ('port' in number) return range(number['protocol'], number['port'], number['port']);
  const span = asObject(port['portRange']);
  return 'start' in span ? range(span['protocol'], span['start'], span['end']) : UNKNOWN_PORT;
}

/** v1alpha2: tcp, udp or sctp with a destinationPort, or destinationNamedPort. */
function toProtocol(entry: Raw): AdminPortFacts {
  if (typeof entry['destinationNamedPort'] === 'string') return named(entry['destinationNamedPort']);
  const protocol = ['tcp', 'udp', 'sctp'].find((key) => key in entry);
  if (protocol === undefined) return UNKNOWN_PORT;
  const body = asObject(entry[protocol]);
  if (Object.keys(body).some((key) => key !== 'destinationPort')) return UNKNOWN_PORT;
  if (!('destinationPort' in body)) return range(protocol.toUpperCase(), 0, LAST_PORT);
  const port = asObject(body['destinationPort']);
  const span = asObject(port['range']);
  return 'number' in port
    ? range(protocol.toUpperCase(), port['number'], port['number'])
    : range(protocol.toUpperCase(), span['start'], span['end']);
}

const UNKNOWN_PORT: AdminPortFacts = { protocol: '', first: 0, last: 0, name: '', known: false };

function named(name: string): AdminPortFacts {
  return { ...UNKNOWN_PORT, name: asText(name), known: true };
}

function range(protocol: unknown, first: unknown, last: unknown): AdminPortFacts {
  const numbers = [asNumber(first, -1), asNumber(last, -1)];
  const known = numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= LAST_PORT);
  return known
    ? { protocol: asText(protocol) || 'TCP', first: numbers[0] ?? 0, last: numbers[1] ?? 0, name: '', known }
    : UNKNOWN_PORT;
}
