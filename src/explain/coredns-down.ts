import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { Unknown } from './explanation.ts';
import { count, listed, packets, path, slices } from './evidence.ts';
import { command, firstOf, selectorArgument } from './paste.ts';
import type { ServiceState, ServiceView } from '../service/port-view.ts';
import { answeredToo, best, readAt, unservedConfidence } from './unserved.ts';

const SYMPTOMS: ReadonlySet<string> = new Set([
  'dns-port-unreachable',
  'dns-no-answer',
  'tcp-rejected-by-icmp',
  'tcp-syn-no-answer',
]);
const DOWN: ReadonlySet<ServiceState> = new Set<ServiceState>([
  'by-hand',
  'near-miss',
  'no-pod',
  'not-ready',
  'port-name-missing',
]);

/** The cluster's DNS Service has no ready pod. */
export const corednsDown: Explainer = {
  id: 'coredns-down',
  doc: {
    title: 'The cluster’s DNS has no ready pod',
    meaning:
      'Pods ask the cluster’s DNS Service (usually kube-system/kube-dns) for every name. None of the pods behind it is ready, so queries are refused by ICMP on the client’s node, or vanish, and every name fails, also those outside the cluster.',
    recognition:
      'Queries to the DNS Service end in ICMP port unreachable or in silence, and its EndpointSlices hold no ready endpoint; the workload’s wanted replicas and its pods’ states say why.',
    caveats:
      'Silence while the DNS pods are ready is not this: then the way to them is broken (a NetworkPolicy, a node that does not forward). The facts are read after the capture.',
    fix: 'Bring the DNS pods up: scale the workload, or cure what its pods wait for or die of (a Corefile that does not parse, a forwarding loop, memory).',
  },
  explain(situation: Situation): Explained {
    const asked = situation.findings.filter(
      (placed) =>
        SYMPTOMS.has(placed.finding.id) &&
        placed.service !== null &&
        situation.directory.isClusterDns(placed.service),
    );
    const down = asked.filter((placed) => DOWN.has(situation.viewOf(placed)?.state ?? 'unknown'));
    const first = down[0];
    const view = first === undefined ? null : situation.viewOf(first);
    return {
      causes: view === null ? [] : [cause(view, down, situation)],
      unknowns: asked.flatMap((placed) => unknowns(placed, situation)),
    };
  },
};

function cause(view: ServiceView, findings: readonly PlacedFinding[], situation: Situation): DraftCause {
  const { service } = view;
  const labels = selectorArgument(service.selector ?? {});
  const show =
    labels === ''
      ? ''
      : command([service.namespace], `kubectl get pods -n ${service.namespace} -l ${labels}`);
  return {
    confidence: best(findings.map((placed) => unservedConfidence(placed, view, situation))),
    findingIndexes: findings.map(({ index }) => index),
    text: `The cluster’s DNS, Service ${path(service)}, has no ready endpoint: ${reason(view, situation)}`,
    evidence: [
      ...findings.map(packets),
      ...slices(service, view.endpoints, situation.facts),
      ...podLines(view),
      ...answeredToo(findings),
    ],
    fix: fix(view, situation),
    next: firstOf(show, 'kubectl netdebug explain coredns-down'),
  };
}

function reason({ pods, state, service }: ServiceView, { facts }: Situation): string {
  const dns = facts.clusterDns;
  const workload = dns === null || dns.workload === '' ? 'its workload' : dns.workload;
  if (dns?.wantedReplicas === 0) return `${workload} is scaled to 0`;
  if (state === 'by-hand') return 'it has no selector and no EndpointSlice was filled';
  if (pods.length > 0) return `none of its ${count(pods.length, 'pod')} is ready`;
  return facts.pods === null
    ? 'its pods could not be read'
    : `${workload} has no pod that the selector of ${path(service)} selects`;
}

function podLines({ pods }: ServiceView): string[] {
  return pods
    .slice(0, 5)
    .map(
      (pod) =>
        `Pod ${path(pod)}: ${pod.phase}, ${pod.ready ? 'ready' : 'not ready'}${pod.restarts > 0 ? `, ${count(pod.restarts, 'restart')}` : ''}${pod.containerProblems.length > 0 ? `, ${listed(pod.containerProblems)}` : ''}`,
    );
}

function fix({ pods, service }: ServiceView, { facts }: Situation): string {
  const [kind = '', name = ''] = (facts.clusterDns?.workload ?? '').split('/', 2);
  if (facts.clusterDns?.wantedReplicas === 0 && kind === 'Deployment') {
    return firstOf(
      command(
        [name, service.namespace],
        `kubectl scale deployment ${name} -n ${service.namespace} --replicas=2`,
      ),
      'scale the DNS Deployment to 2 replicas',
    );
  }
  const crashed = pods.find((pod) => pod.containerProblems.length > 0) ?? pods[0];
  if (crashed === undefined)
    return `start the pods of ${facts.clusterDns?.workload === '' || facts.clusterDns === null ? 'the cluster’s DNS' : facts.clusterDns.workload} in namespace ${service.namespace}`;
  return [
    'cure what keeps the DNS pods from being ready; their log says what:',
    command([crashed.name, crashed.namespace], `kubectl logs ${crashed.name} -n ${crashed.namespace}`),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function unknowns(placed: PlacedFinding, situation: Situation): Unknown[] {
  const view = situation.viewOf(placed);
  if (view === null) return [];
  const { namespace, name } = view.service;
  const next = firstOf(
    command(
      [name, namespace],
      `kubectl get endpointslices -n ${namespace} -l kubernetes.io/service-name=${name}`,
    ),
    'kubectl get endpointslices -A',
  );
  if (view.state === 'unknown')
    return [
      {
        what: `endpoints of the cluster’s DNS, Service ${path(view.service)}`,
        why: 'its EndpointSlices could not be read',
        next,
      },
    ];
  if (view.state !== 'usable' || placed.finding.id !== 'dns-port-unreachable' || placed.suspects.length > 0)
    return [];
  return [
    {
      what: 'why the cluster’s DNS refused queries',
      why: `it has ${count(view.usable.length, 'usable endpoint')} now; ${readAt(situation)}, so it may have recovered`,
      next,
    },
  ];
}
