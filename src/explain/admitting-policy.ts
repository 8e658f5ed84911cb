import type {
  Facts,
  LabelSelectorFacts,
  NetworkPolicyFacts,
  PodFacts,
  PolicyPeerFacts,
} from '../cluster/facts.ts';
import { isIPv6 } from '../cluster/address.ts';
import { labelSelectorMatches } from '../cluster/labels.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import type { Direction, Flow, Host } from '../policy/flow.ts';
import { openPolicies, type PolicyOptions } from '../policy/policy-index.ts';

/** Labels that say which pod of a workload or which generation of it this is: they do not outlive the pod. */
const PASSING: readonly RegExp[] = [
  /(^|\/)(pod-template-hash|controller-revision-hash|pod-template-generation|pod-name|pod-index|controller-uid|job-name)$/,
  /\.istio\.io\//,
];
/** Labels by which people tell applications apart; the others are left out where one of these is there. */
const TELLING: readonly string[] = [
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/component',
  'app',
  'component',
  'k8s-app',
  'name',
  'run',
];

/**
 * The smallest NetworkPolicies that would admit the flow, one for each direction that denies it, as YAML; '' if none
 * can be given. They select only pods that are isolated already, so they take nothing away, and were tried by evaluating
 * the flow with them.
 */
export function admittingPolicies(
  facts: Facts,
  options: PolicyOptions,
  flow: Flow,
  directions: readonly Direction[],
  protocols: readonly string[] = [flow.protocol],
): string {
  const added = directions.map((direction) => admitting(facts, flow, direction, protocols));
  if (added.length === 0 || added.includes(null)) return '';
  const policies = added.filter((policy) => policy !== null);
  const tried = openPolicies(
    { ...facts, networkPolicies: [...(facts.networkPolicies ?? []), ...policies] },
    options,
  );
  if (evaluateFlow(tried, flow).decision !== 'allow') return '';
  return policies.map(toYaml).join('\n---\n');
}

function admitting(
  facts: Facts,
  flow: Flow,
  direction: Direction,
  protocols: readonly string[],
): NetworkPolicyFacts | null {
  const [subject, other] = direction === 'ingress' ? [flow.to, flow.from] : [flow.from, flow.to];
  if (subject.kind !== 'pod') return null;
  const isolating = (facts.networkPolicies ?? []).find(
    ({ namespace, policyTypes, podSelector }) =>
      namespace === subject.pod.namespace &&
      policyTypes.includes(direction === 'ingress' ? 'Ingress' : 'Egress') &&
      labelSelectorMatches(podSelector, subject.pod.labels),
  );
  const peer = peerOf(other, subject.pod.namespace);
  if (isolating === undefined || peer === null) return null;
  const rule = {
    peers: [peer],
    ports: protocols.map((protocol) => ({ protocol, port: flow.port, endPort: null })),
  };
  return {
    namespace: subject.pod.namespace,
    name: `allow-${direction}-${protocols.join('-').toLowerCase()}-${flow.port}`,
    labels: {},
    podSelector: {
      matchLabels: { ...identityOf(subject.pod), ...isolating.podSelector.matchLabels },
      matchExpressions: isolating.podSelector.matchExpressions,
    },
    policyTypes: [direction === 'ingress' ? 'Ingress' : 'Egress'],
    ingress: direction === 'ingress' ? [rule] : [],
    egress: direction === 'egress' ? [rule] : [],
    whole: true,
  };
}

/** The other end as a peer; null where it is not known well enough. */
function peerOf(host: Host, namespace: string): PolicyPeerFacts | null {
  const nobody: PolicyPeerFacts = { podSelector: null, namespaceSelector: null, ipBlock: null };
  if (host.kind === 'unplaced') return null;
  if (host.kind !== 'pod')
    return { ...nobody, ipBlock: { cidr: `${host.address}/${isIPv6(host.address) ? 128 : 32}`, except: [] } };
  return {
    ...nobody,
    podSelector: { matchLabels: identityOf(host.pod), matchExpressions: [] },
    namespaceSelector:
      host.pod.namespace === namespace
        ? null
        : { matchLabels: { 'kubernetes.io/metadata.name': host.pod.namespace }, matchExpressions: [] },
  };
}

/** The labels that tell the pod's application apart; {} if it has none, which selects every pod of its namespace. */
function identityOf({ labels }: PodFacts): Readonly<Record<string, string>> {
  const lasting = Object.entries(labels).filter(([key]) => !PASSING.some((pattern) => pattern.test(key)));
  const telling = lasting.filter(([key]) => TELLING.includes(key));
  return Object.fromEntries(telling.length > 0 ? telling : lasting);
}

function toYaml(policy: NetworkPolicyFacts): string {
  const [type = 'Ingress'] = policy.policyTypes;
  const [rules, end] = type === 'Ingress' ? [policy.ingress, 'from'] : [policy.egress, 'to'];
  return [
    'apiVersion: networking.k8s.io/v1',
    'kind: NetworkPolicy',
    'metadata:',
    `  name: ${scalar(policy.name)}`,
    `  namespace: ${scalar(policy.namespace)}`,
    'spec:',
    ...selectorYaml('podSelector', policy.podSelector, '  '),
    `  policyTypes: [${type}]`,
    `  ${type.toLowerCase()}:`,
    ...rules.flatMap(({ peers, ports }) => [
      `  - ${end}:`,
      ...peers.flatMap(peerYaml),
      '    ports:',
      ...ports.map(({ protocol, port }) => `    - {protocol: ${protocol}, port: ${String(port)}}`),
    ]),
  ].join('\n');
}

function peerYaml({ podSelector, namespaceSelector, ipBlock }: PolicyPeerFacts): string[] {
  const lines = [
    ...(ipBlock === null ? [] : [`      ipBlock: {cidr: ${scalar(ipBlock.cidr)}}`]),
    ...(namespaceSelector === null ? [] : selectorYaml('namespaceSelector', namespaceSelector, '      ')),
    ...(podSelector === null ? [] : selectorYaml('podSelector', podSelector, '      ')),
  ];
  return lines.map((line, index) => (index === 0 ? `    - ${line.trimStart()}` : line));
}

function selectorYaml(key: string, selector: LabelSelectorFacts, indent: string): string[] {
  const pairs = Object.entries(selector.matchLabels);
  if (pairs.length === 0 && selector.matchExpressions.length === 0) return [`${indent}${key}: {}`];
  return [
    `${indent}${key}:`,
    ...(pairs.length === 0 ? [] : [`${indent}  matchLabels:`]),
    ...pairs.map(([label, value]) => `${indent}    ${scalar(label)}: ${scalar(value)}`),
    ...(selector.matchExpressions.length === 0 ? [] : [`${indent}  matchExpressions:`]),
    ...selector.matchExpressions.map(
      ({ key: label, operator, values }) =>
        `${indent}  - {key: ${scalar(label)}, operator: ${scalar(operator)}${values.length === 0 ? '' : `, values: [${values.map(scalar).join(', ')}]`}}`,
    ),
  ];
}

/** Plain where YAML takes it for nothing but text, else in JSON's quotes, which YAML reads. */
function scalar(text: string): string {
  return /^[A-Za-z][-A-Za-z0-9._/]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
