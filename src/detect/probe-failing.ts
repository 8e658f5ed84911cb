import type { ApplicationEvent } from '../applications/events.ts';
import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { countedValues, countOf, exchangesOf, inBrackets, isProbe, namedRequests } from './http-requests.ts';

/** Statuses from 200 to 399 are success for the kubelet. */
const FAILED_STATUS = 400;

/*
 * Seen: requests whose User-Agent is kube-probe, answered with a status of 400 or more, or not at all.
 * Means: the kubelet takes the container for not ready, or restarts it.
 * False positives: a container that is still starting: its first probes fail, all later ones succeed (info).
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const answered = exchangesOf(group, true);
    const isFailed = ({ fields }: ApplicationEvent): boolean => Number(fields['status']) >= FAILED_STATUS;
    const silent = group.events.ofKind('http-no-response').filter(isProbe);
    const failed = [...answered.filter(isFailed), ...silent];
    if (failed.length === 0) return [];
    return [
      describe(
        observations,
        group,
        failed,
        answered.filter((event) => !isFailed(event)),
      ),
    ];
  });
}

function describe(
  observations: Observations,
  group: Group,
  failed: readonly ApplicationEvent[],
  passed: readonly ApplicationEvent[],
): Finding {
  const evidence = joinEvidence(failed);
  const succeeded = countOf(passed);
  const worksNow = passed.some(({ lastNs }) => lastNs > evidence.lastNs);
  const wasStarting = passed.length > 0 && passed.every(({ firstNs }) => firstNs > evidence.lastNs);
  const how = countedValues(failed, ({ status }) =>
    status === undefined ? 'no response' : `status ${status}`,
  );
  const all = evidence.count + succeeded;
  return finding(observations, 'probe-failing', evidence, {
    severity: wasStarting ? 'info' : worksNow ? 'warning' : 'error',
    confidence: 'high',
    client: group.client,
    server: serverOf(group),
    protocol: 'TCP',
    text: `${evidence.count} of ${all} ${all === 1 ? 'probe' : 'probes'} of the kubelet failed: ${how}${inBrackets(namedRequests(failed))}${wasStarting ? '; all later ones succeeded' : worksNow ? '; later ones succeeded' : ''}`,
    details: { attempts: all, succeeded },
  });
}

/** H4: failing probes. */
export const probeFailing: Detector = {
  id: 'probe-failing',
  severity: 'error',
  doc: {
    title: 'Probes of the kubelet fail',
    seen: 'Requests with the User-Agent kube-probe are answered with a status of 400 or more, or not within the probe’s time.',
    meaning:
      'A failing readiness probe takes the pod out of its Services; a failing liveness or startup probe restarts the container. Clients then see refused or reset connections.',
    causes: [
      'the program says itself that it is not well: a dependency of its health check fails',
      'path, port or scheme of the probe are wrong',
      'timeoutSeconds (1 by default) is shorter than the program needs under load',
    ],
    misleads: [
      'A container that is starting fails its first probes; if all later ones succeed it is information only.',
    ],
    next: [
      'kubectl describe pod -n NAMESPACE POD',
      "kubectl get pod -n NAMESPACE POD -o jsonpath='{.spec.containers[*].readinessProbe}'",
    ],
  },
  detect,
};
