import type { PodFacts } from '../cluster/facts.ts';
import { endsBehind, sinceEnd, type ContainerEnd } from './container-ends.ts';
import { count, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { command, firstOf, isObjectName } from './paste.ts';
import { isForeignReset } from './server-pods.ts';
import { readAt } from './unserved.ts';

/** What clients see of a program that ends: connections break off, and new ones are refused until the next one listens. */
const SYMPTOMS: ReadonlySet<string> = new Set([
  'http-no-response',
  'tcp-refused',
  'tcp-reset-midstream',
  'tcp-rejected-by-icmp',
]);
/** Findings of which each is made at the moment of the end, not while the container is down. */
const AT_THE_END: ReadonlySet<string> = new Set(['http-no-response', 'tcp-reset-midstream']);
const TOLERANCE_MS = 2000;

/** The server's program ended at that time. */
export const serverCrashed: Explainer = {
  id: 'server-crashed',
  doc: {
    title: 'The server’s program ended or was killed',
    meaning:
      'When a container’s program ends, the kernel closes its connections (clients see a reset, or an end without an answer), and the pod’s port refuses new ones until the kubelet has started the container again, after a pause that doubles up to five minutes (CrashLoopBackOff). If all pods of a Service are down, the Service has no endpoints and its node rejects by ICMP.',
    recognition:
      'Refused connections, resets in the middle or requests without a response at the time at which a container of the server’s pod ended, as the pod’s status has it: OOMKilled, or another reason with its exit status.',
    caveats:
      'The status keeps the last end only, in whole seconds of the node’s clock; what was seen before it is likely an earlier one’s. Of a Service with several pods it is not known which one was reached; then it is likely. In a pod with several containers another one may have ended than the one that serves.',
    fix: 'Read the log of the container that ended. OOMKilled: raise its memory limit or find the leak. A failed liveness probe kills too: see the pod’s events.',
  },
  explain(situation: Situation): Explained {
    const causes = situation.findings
      .filter(({ finding }) => SYMPTOMS.has(finding.id))
      .flatMap((placed) => cause(placed, situation));
    return { causes, unknowns: [] };
  },
};

function cause(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const pods = podsBehind(placed, situation);
  const ends = endsBehind(pods, placed.finding).filter((end) => fits(end, placed));
  const [latest] = ends;
  if (latest === undefined || isForeignReset(placed)) return [];
  const { pod, container, end } = latest;
  const crashed = new Set(ends.map((one) => one.pod));
  if (placed.finding.id === 'tcp-rejected-by-icmp' && !leavesNoEndpoint(placed, pods, ends, situation))
    return [];
  const others = crashed.size > 1 ? `, and so did ${count(crashed.size - 1, 'other pod')}` : '';
  return [
    {
      confidence: confidenceOf(pods, crashed, ends, placed),
      findingIndexes: [placed.index],
      text: `Container ${container} of the server pod ${path(pod)} ended ${end.reason === 'OOMKilled' ? 'for lack of memory ' : ''}at ${end.at} (${wordsOf(latest)})${others}`,
      evidence: [
        packets(placed),
        ...ends.slice(0, 3).map((one) => endEvidence(one, placed)),
        readAt(situation),
      ],
      fix: fixOf(latest),
      next: firstOf(
        command(
          [pod.name, pod.namespace, container],
          `kubectl logs ${pod.name} -n ${pod.namespace} -c ${container} --previous --tail=50`,
        ),
        'kubectl netdebug explain server-crashed',
      ),
    },
  ];
}

/** The pod with the dialled address, or those of the Service, ready or not; the cluster's DNS has causes of its own. */
function podsBehind(placed: PlacedFinding, situation: Situation): PodFacts[] {
  const direct = situation.directory.podAt(placed.address);
  const view = situation.viewOf(placed);
  if (view !== null && situation.directory.isClusterDns(view.service)) return [];
  const behind = view === null ? [] : [...view.endpoints.flatMap(({ pod }) => pod ?? []), ...view.pods];
  return [...new Set([...(direct === null ? [] : [direct]), ...behind])];
}

function fits({ end }: ContainerEnd, { finding }: PlacedFinding): boolean {
  return !AT_THE_END.has(finding.id) || Date.parse(end.at) >= Date.parse(finding.firstSeen) - TOLERANCE_MS;
}

/** Whether the ends are why the Service has nobody to send to. */
function leavesNoEndpoint(
  placed: PlacedFinding,
  pods: readonly PodFacts[],
  ends: readonly ContainerEnd[],
  situation: Situation,
): boolean {
  const icmp = placed.finding.details.icmp;
  const isPort = icmp?.type === 3 ? icmp.code === 3 : icmp?.type === 1 && icmp.code === 4;
  // Each was down at some time of it; a Service whose pods are back meanwhile has endpoints again.
  const down = new Set(ends.map(({ pod }) => pod));
  const state = situation.viewOf(placed)?.state;
  return isPort && (state === 'not-ready' || state === 'usable') && pods.every((pod) => down.has(pod));
}

/**
 * Certain if every pod that may have been reached ended before all of this was seen, and each has one container only;
 * what was seen before the end that is known came of an earlier one at best, which nobody keeps.
 */
function confidenceOf(
  pods: readonly PodFacts[],
  crashed: ReadonlySet<PodFacts>,
  ends: readonly ContainerEnd[],
  { finding }: PlacedFinding,
): CauseConfidence {
  const isOnlyContainer = [...crashed].every((pod) => pod.life?.containers.length === 1);
  const isBefore = ends.every(
    ({ end }) => Date.parse(end.at) <= Date.parse(finding.firstSeen) + TOLERANCE_MS,
  );
  return isOnlyContainer && isBefore && pods.every((pod) => crashed.has(pod)) ? 'certain' : 'likely';
}

function wordsOf({ end }: ContainerEnd): string {
  return `${end.reason === '' ? 'no reason given' : end.reason}, exit status ${end.exitCode}`;
}

function endEvidence(one: ContainerEnd, { finding }: PlacedFinding): string {
  const own = one.pod.life?.containers.find(({ name }) => name === one.container);
  const now = one.isDown
    ? `does not run${own !== undefined && own.waitsFor !== '' ? ` (${own.waitsFor})` : ''}`
    : `runs again since ${own?.runsSince ?? ''}`;
  return `container ${one.container} of pod ${path(one.pod)} ended at ${one.end.at} (${wordsOf(one)}) and ${now}; ${count(own?.restarts ?? 0, 'restart')} in all; the first packet of this was seen ${sinceEnd(one, finding.firstSeen)}, the last ${sinceEnd(one, finding.lastSeen)}`;
}

function fixOf({ pod, container, end }: ContainerEnd): string {
  const own = pod.life?.containers.find(({ name }) => name === container);
  if (end.reason === 'OOMKilled')
    return `container ${container} of pod ${path(pod)} needs more memory than its limit${own === undefined || own.memoryLimit === '' ? '' : ` of ${own.memoryLimit}`}: raise resources.limits.memory in its workload${pod.owner === '' ? '' : ` (${pod.owner})`}, or find out what it keeps`;
  const describe = isObjectName(pod.name) && isObjectName(pod.namespace);
  return [
    `find out from its log why the program in container ${container} of pod ${path(pod)} ended; a failed liveness probe would stand in the pod’s events${describe ? ':' : ''}`,
    ...(describe ? [`kubectl describe pod ${pod.name} -n ${pod.namespace}`] : []),
  ].join('\n');
}
