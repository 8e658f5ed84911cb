import type { ServiceView } from '../service/port-view.ts';
import type { DraftCause, Explained, Explainer, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { count, listed, packets, path } from './evidence.ts';
import { command, firstOf } from './paste.ts';
import { isSilence } from './policies.ts';
import { answeredToo, unservedServices, type UnservedService } from './unserved.ts';

/** The Service serves each node from its own pods only, and the client's node has none. */
export const localTrafficPolicyWithoutEndpoint: Explainer = {
  id: 'local-traffic-policy-without-endpoint',
  doc: {
    title: 'The Service serves local clients only, and the client’s node has no endpoint',
    meaning:
      'With internalTrafficPolicy: Local a Service sends a client only to endpoints on the client’s own node. There are endpoints, but none on that node, so kube-proxy drops each packet there without a word; clients on other nodes are served.',
    recognition:
      'No answer from the Service’s cluster address, a traffic policy Local, and EndpointSlices whose usable endpoints are all on other nodes than the client pod’s.',
    caveats:
      'The policy may be wanted, for a DaemonSet whose pod on this node is not ready. The facts are read after the capture: an endpoint that moved meanwhile makes the cause appear or vanish.',
    fix: 'Set internalTrafficPolicy to Cluster, or run a ready pod of the Service on every node that has clients, as a DaemonSet does.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: unservedServices(situation, ['no-local-endpoint']).map(cause),
      unknowns: [],
    };
  },
};

function cause({ view, findings, confidence }: UnservedService): DraftCause {
  const { service, usable } = view;
  const nodes = [...new Set(usable.map(({ node }) => node))];
  const client = findings[0]?.client ?? null;
  const where = client === null ? 'the client’s node' : `node ${client.node}, where pod ${path(client)} is`;
  return {
    confidence: confidenceOf(findings, view, confidence),
    findingIndexes: findings.map(({ index }) => index),
    text: `Service ${path(service)} has internalTrafficPolicy Local and no endpoint on ${where}: its ${count(usable.length, 'usable endpoint')} ${usable.length === 1 ? 'is' : 'are'} on ${listed(nodes)}`,
    evidence: [
      ...findings.map(packets),
      ...usable
        .slice(0, 5)
        .map(
          ({ slice, address, node }) =>
            `EndpointSlice ${service.namespace}/${slice}: endpoint ${address} is on node ${node}`,
        ),
      ...answeredToo(findings),
    ],
    fix: fix(view),
    next: firstOf(
      command(
        [service.name, service.namespace],
        `kubectl get endpointslices -n ${service.namespace} -l kubernetes.io/service-name=${service.name} -o yaml`,
      ),
      'kubectl netdebug explain local-traffic-policy-without-endpoint',
    ),
  };
}

/** Unlike for a Service without endpoints, silence is what kube-proxy makes of it: a rule that drops. */
function confidenceOf(
  findings: UnservedService['findings'],
  view: ServiceView,
  otherwise: CauseConfidence,
): CauseConfidence {
  const silent = findings.every(
    ({ finding, group }) => isSilence(finding) && group !== null && group.outcomes.answered === 0,
  );
  return silent && view.sure ? 'certain' : otherwise;
}

function fix({ service }: ServiceView): string {
  const patch = command(
    [service.name, service.namespace],
    `kubectl patch service ${service.name} -n ${service.namespace} -p '{"spec":{"internalTrafficPolicy":"Cluster"}}'`,
  );
  return [
    `run a ready pod of Service ${path(service)} on that node too, or let it serve clients of every node:`,
    patch,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
