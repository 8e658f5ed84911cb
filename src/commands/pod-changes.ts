import { ApiError, type KubeApi } from '../kube/kube-api.ts';
import { podPath } from '../target/find-pod.ts';
import type { PodObject } from '../target/pod-object.ts';

/** What tells a pod from its successor, and its containers from restarted ones. */
export interface PodState {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly isDeleted: boolean;
  readonly restarts: number;
}

/** The state to compare with later. */
export function podState(pod: PodObject): PodState {
  const restarts = (pod.status?.containerStatuses ?? []).reduce(
    (sum, status) => sum + (status.restartCount ?? 0),
    0,
  );
  return {
    namespace: pod.metadata.namespace,
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? '',
    isDeleted: pod.metadata.deletionTimestamp !== undefined,
    restarts,
  };
}

/** What happened to a pod, as sentences for the report. */
export interface PodChanges {
  /** It is gone, or another one has its name. */
  readonly isGone: boolean;
  readonly sentences: readonly string[];
}

/** What happened to the pod since then. A pod that cannot be read says nothing. */
export async function podChanges(api: KubeApi, before: PodState): Promise<PodChanges> {
  const name = `pod ${before.namespace}/${before.name}`;
  try {
    const after = podState(await api.get<PodObject>(podPath(before.namespace, before.name)));
    if (after.uid !== before.uid)
      return gone(`${name} was replaced by another one of the same name during the capture`);
    // Its object stays until the grace period is over.
    if (after.isDeleted && !before.isDeleted) return gone(`${name} was deleted during the capture`);
    const restarts = after.restarts - before.restarts;
    const times = restarts === 1 ? 'once' : `${restarts} times`;
    const restarted = `containers of ${name} restarted during the capture (${times})`;
    return { isGone: false, sentences: restarts > 0 ? [restarted] : [] };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 404
      ? gone(`${name} was deleted during the capture`)
      : { isGone: false, sentences: [] };
  }
}

function gone(sentence: string): PodChanges {
  return { isGone: true, sentences: [sentence] };
}
