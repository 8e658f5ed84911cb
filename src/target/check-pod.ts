import { UserError } from '../errors.ts';
import type { PodObject } from './pod-object.ts';

/** Annotation of the kubelet on the mirror of a static pod (Kubernetes docs, "Static Pods"). */
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const finishedPhases = ['Succeeded', 'Failed'];

/** How the pod will be captured. */
export interface CheckOptions {
  /** By a pod on its node, which enters the pod's network: static pods can be captured so. */
  readonly isFromNode?: boolean;
}

/**
 * Refuses pods that cannot be captured: a {@link UserError} says why and what else can
 * be done. Returns warnings about pods that can be traced, but not as the user may expect.
 */
export function checkPod(pod: PodObject, { isFromNode = false }: CheckOptions = {}): string[] {
  const refusal = findRefusal(pod, isFromNode);
  if (refusal !== undefined)
    throw new UserError(
      `Pod ${pod.metadata.namespace}/${pod.metadata.name} cannot be traced`,
      refusal.why,
      refusal.fix,
    );
  if (pod.spec?.hostNetwork !== true) return [];
  return [
    `Pod ${pod.metadata.namespace}/${pod.metadata.name} uses its node's network (hostNetwork): the capture shows the traffic of the whole node; the API server and port 10250 are left out, or the capture would record itself.`,
  ];
}

interface Refusal {
  readonly why: string;
  readonly fix: string;
}

function findRefusal(pod: PodObject, isFromNode: boolean): Refusal | undefined {
  const { namespace, name, annotations, deletionTimestamp } = pod.metadata;
  const phase = pod.status?.phase ?? 'Unknown';
  const describe = `Look at it with: kubectl describe pod ${name} -n ${namespace}`;
  if (annotations?.[mirrorAnnotation] !== undefined && !isFromNode) {
    return {
      why: 'it is a static pod (a file on its node), and static pods take no ephemeral containers',
      fix: `Capture from its node instead, with a pod there: kubectl netdebug trace pod/${name} -n ${namespace} --profile node`,
    };
  }
  if (isWindows(pod))
    return {
      why: 'it is a Windows pod, and there is no tcpdump for it',
      fix: 'Trace the Linux pods that it talks to: the fault shows there as well.',
    };
  if (deletionTimestamp !== undefined) {
    return {
      why: `it is being deleted since ${deletionTimestamp}`,
      fix: `Trace the pod that replaces it: kubectl get pods -n ${namespace}`,
    };
  }
  if (finishedPhases.includes(phase))
    return {
      why: `it has ended (phase ${phase})`,
      fix: `Trace a pod that runs: kubectl get pods -n ${namespace} --field-selector=status.phase=Running`,
    };
  if (phase !== 'Running') {
    const reason = pod.status?.conditions?.find(
      (condition) => condition.status === 'False' && (condition.message ?? '') !== '',
    )?.message;
    return {
      why: `it does not run (phase ${phase}${reason === undefined ? '' : `: ${reason}`})`,
      fix: describe,
    };
  }
  return undefined;
}

function isWindows(pod: PodObject): boolean {
  return pod.spec?.os?.name === 'windows' || pod.spec?.nodeSelector?.['kubernetes.io/os'] === 'windows';
}
