import type { PodFacts } from '../cluster/facts.ts';
import type { DraftCause, Explained, Explainer, Situation } from './explainer.ts';
import { count, listed, packets, path, slices } from './evidence.ts';
import { command, firstOf } from './paste.ts';
import { answeredToo, unservedServices, type UnservedService } from './unserved.ts';

/** Pods whose state is written out; the rest is counted. */
const MAX_PODS = 3;

/** The Service selects pods, and none of them is ready. */
export const endpointsNotReady: Explainer = {
  id: 'endpoints-not-ready',
  doc: {
    title: 'None of the Service’s pods is ready',
    meaning:
      'A pod takes part in its Services only while it is ready. All pods that this Service selects exist, but none is: their readiness probe fails, their containers do not start, they wait for a node, or they are being deleted. kube-proxy then refuses connections as if there were no pods.',
    recognition:
      'ICMP port unreachable from the node for a Service whose EndpointSlices hold endpoints with ready=false only, or whose selected pods have no address yet; with the last readiness probe failure from the events.',
    caveats:
      'Readiness may have changed between the capture and the reading of the facts. Events are kept for an hour by default, so an old failure may have none left.',
    fix: 'Make the probe succeed (right path, port and time-outs) or cure what keeps the container from starting; the pod’s description and log say which.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: unservedServices(situation, ['not-ready']).map((one) => cause(one, situation)),
      unknowns: [],
    };
  },
};

function cause({ view, findings, confidence }: UnservedService, situation: Situation): DraftCause {
  const { service } = view;
  const pods = view.pods.filter((pod) => !pod.ready || pod.terminating);
  const first = pods[0];
  const number = pods.length > 0 ? count(pods.length, 'pod') : count(view.endpoints.length, 'endpoint');
  return {
    confidence,
    findingIndexes: findings.map(({ index }) => index),
    text: `Service ${path(service)} has no ready endpoint: ${number} of it, none ready${first === undefined ? '' : ` (${path(first)}: ${state(first, situation)})`}`,
    evidence: [
      ...findings.map(packets),
      ...slices(service, view.endpoints, situation.facts),
      ...pods.slice(0, MAX_PODS).flatMap((pod) => podEvidence(pod, situation)),
      ...answeredToo(findings),
    ],
    fix: fix(pods, service.namespace),
    next: firstOf(
      first === undefined
        ? ''
        : command([first.name, first.namespace], `kubectl describe pod ${first.name} -n ${first.namespace}`),
      'kubectl netdebug explain endpoints-not-ready',
    ),
  };
}

function state(pod: PodFacts, situation: Situation): string {
  if (pod.terminating) return 'being deleted';
  if (pod.containerProblems.length > 0) return listed(pod.containerProblems);
  if (pod.addresses.length === 0) return `${pod.phase}, without an address`;
  return probeEvent(pod, situation)?.message ?? `${pod.phase}, not ready`;
}

function probeEvent(
  pod: PodFacts,
  { facts }: Situation,
): { readonly message: string; readonly lastSeen: string; readonly count: number } | undefined {
  const own = (facts.events ?? []).filter(
    (event) => event.namespace === pod.namespace && event.object === `Pod/${pod.name}`,
  );
  return own.find((event) => event.reason === 'Unhealthy' && event.message.startsWith('Readiness')) ?? own[0];
}

function podEvidence(pod: PodFacts, situation: Situation): string[] {
  const restarts = pod.restarts > 0 ? `, ${count(pod.restarts, 'restart')}` : '';
  const problems = pod.containerProblems.length > 0 ? `, ${listed(pod.containerProblems)}` : '';
  const line = `Pod ${path(pod)}: ${pod.phase}, ${pod.ready ? 'ready' : 'not ready'}${pod.terminating ? ', being deleted' : ''}${restarts}${problems}`;
  const event = probeEvent(pod, situation);
  return event === undefined
    ? [line]
    : [line, `Event about pod ${path(pod)}, ${event.count} times, last ${event.lastSeen}: ${event.message}`];
}

function fix(pods: readonly PodFacts[], namespace: string): string {
  const crashed = pods.find((pod) => pod.containerProblems.length > 0);
  if (crashed !== undefined)
    return [
      'cure what keeps the container from running; its last log says what:',
      command(
        [crashed.name, namespace],
        `kubectl logs ${crashed.name} -n ${namespace} --all-containers --previous`,
      ),
    ]
      .filter((line) => line !== '')
      .join('\n');
  const first = pods[0];
  if (first === undefined)
    return 'make the endpoints ready: whoever fills the EndpointSlice sets conditions.ready';
  if (first.addresses.length === 0)
    return 'let the pod get a node and an address: its events say what it waits for';
  const show = command(
    [first.name, namespace],
    `kubectl get pod ${first.name} -n ${namespace} -o jsonpath='{.spec.containers[*].readinessProbe}'`,
  );
  return ['make the readiness probe succeed, or correct its path, port and time-outs:', show]
    .filter((line) => line !== '')
    .join('\n');
}
