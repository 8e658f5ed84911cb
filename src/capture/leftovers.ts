import type { KubeApi } from '../kube/kube-api.ts';
import type { PodObject } from '../target/pod-object.ts';
import { findOurs } from './debug-container.ts';
import type { RunningContainer } from './debug-container.ts';

/** What we left in one pod. Nothing of it can be removed but with the pod; running ones end by themselves. */
export interface Leftover {
  readonly namespace: string;
  readonly pod: string;
  readonly running: readonly RunningContainer[];
  /** Names of containers that have ended and stay listed until the pod is replaced. */
  readonly inert: readonly string[];
}

/** Lists pods with debug containers of ours, in one namespace or, with "", in all. Throws ApiError. */
export async function listLeftovers(api: KubeApi, namespace: string): Promise<Leftover[]> {
  const path = namespace === '' ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`;
  const pods = await api.list<PodObject>(path);
  return pods
    .map((pod) => ({ namespace: pod.metadata.namespace, pod: pod.metadata.name, ...findOurs(pod) }))
    .filter((leftover) => leftover.running.length + leftover.inert.length > 0);
}

/** Ends a container of ours that still runs, by TERM to its main process, which exits at once. */
export function endCommand(): string[] {
  return ['kill', '-TERM', '1'];
}
