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

/** What happened to the pod since then, as sentences for the report. A pod that cannot be read says nothing. */
export async function podChanges(api: KubeApi, before: PodState): Promise<string[]> {
  const name = `pod ${before.namespace}/${before.name}`;
  try {
    const after = podState(await api.get<PodObject>(podPath(before.namespace, before.name)));
    if (after.uid !== before.uid)
      return [`${name} was replaced by another one of the same name during the capture`];
    // Its object stays until the grace period is over.
    if (after.isDeleted && !before.isDeleted) return [`${name} was deleted during the capture`];
    const restarts = after.restarts - before.restarts;
    return restarts > 0
      ? [
          `containers of ${name} restarted during the capture (${restarts === 1 ? 'once' : `${restarts} times`})`,
        ]
      : [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 404 ? [`${name} was deleted during the capture`] : [];
  }
}
