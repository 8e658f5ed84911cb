import type { DraftCause, Explained, Explainer, Situation } from './explainer.ts';
import type { Unknown } from './explanation.ts';
import { count, pairs, packets, path, slices } from './evidence.ts';
import { command, firstOf, selectorArgument } from './paste.ts';
import { isRejectedAtDestination } from './policies.ts';
import type { ServiceView } from '../service/port-view.ts';
import { answeredToo, readAt, unservedServices, type UnservedService } from './unserved.ts';

/** The Service has nobody to send to, and nothing in the cluster looks as if it were meant. */
export const serviceWithoutEndpoints: Explainer = {
  id: 'service-without-endpoints',
  doc: {
    title: 'The Service has no endpoints',
    meaning:
      'A Service sends to the addresses in its EndpointSlices. This one has none, so kube-proxy refuses each connection on the client’s node; the application sees "connection refused" although no server was reached.',
    recognition:
      'ICMP port unreachable from the node (not from the dialled address) for a Service whose EndpointSlices hold no endpoint, whose selector matches no pod and nearly matches none, or which has no selector and no slice filled by hand. Silence instead of ICMP is explained too, less surely: older Calico and some eBPF data planes drop.',
    caveats:
      'The facts are read after the capture: a Deployment that was scaled up in between makes the cause vanish, one that was scaled down makes it appear. Pods of namespaces that may not be read are not seen.',
    fix: 'Start pods with the labels that the Service selects (a Deployment may be scaled to 0), correct the selector, or fill the EndpointSlice of a Service without selector.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: unservedServices(situation, ['no-pod', 'by-hand']).map((one) => cause(one, situation)),
      unknowns: contradictions(situation),
    };
  },
};

function cause({ view, findings, confidence }: UnservedService, situation: Situation): DraftCause {
  const { service } = view;
  const [name, namespace] = [service.name, service.namespace];
  return {
    confidence,
    findingIndexes: findings.map(({ index }) => index),
    text: `Service ${path(service)} has no endpoints: ${reason(view, situation)}`,
    evidence: [
      ...findings.map(packets),
      ...slices(service, view.endpoints, situation.facts),
      ...answeredToo(findings),
    ],
    fix: fix(view),
    next: firstOf(
      command(
        [name, namespace],
        `kubectl get endpointslices -n ${namespace} -l kubernetes.io/service-name=${name}`,
      ),
      'kubectl netdebug explain service-without-endpoints',
    ),
  };
}

function reason({ service }: ServiceView, { facts }: Situation): string {
  if (service.selector === null) return 'it has no selector, and no EndpointSlice was filled by hand';
  const whom = pairs(service.selector);
  return facts.pods === null
    ? `its selector is ${whom}; the pods could not be read`
    : `no pod in namespace ${service.namespace} has ${whom}`;
}

function fix({ service }: ServiceView): string {
  if (service.selector === null)
    return `give Service ${path(service)} a selector, or fill an EndpointSlice with the label kubernetes.io/service-name: ${JSON.stringify(service.name)}`;
  const labels = selectorArgument(service.selector);
  const look =
    labels === ''
      ? ''
      : command(
          [service.namespace],
          `kubectl get deployments,statefulsets,daemonsets,pods -n ${service.namespace} -l ${labels}`,
        );
  return [
    'start pods with the labels that the Service selects (a workload may be scaled to 0), or correct its selector',
    look,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** Rejected as if there were no endpoints, though there are some now: unknown, not explained. */
function contradictions(situation: Situation): Unknown[] {
  return situation.findings.flatMap((placed): Unknown[] => {
    const view = situation.viewOf(placed);
    if (
      view === null ||
      placed.finding.id !== 'tcp-rejected-by-icmp' ||
      isRejectedAtDestination(placed.finding, placed.address)
    )
      return [];
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
          what: `endpoints of Service ${path(view.service)}`,
          why: 'its EndpointSlices could not be read',
          next,
        },
      ];
    const icmp = placed.finding.details.icmp;
    if (view.state !== 'usable' || !view.sure || (icmp?.type === 3 && icmp.code !== 3)) return [];
    return [
      {
        what: `why Service ${path(view.service)} was refused as one without endpoints`,
        why: `it has ${count(view.usable.length, 'usable endpoint')} now; ${readAt(situation)}, so it may have recovered`,
        next,
      },
    ];
  });
}
