import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { podPath } from '../target/find-pod.ts';
import type { PodObject } from '../target/pod-object.ts';
import { findOurs, namePattern } from './debug-container.ts';
import {
  debugNamespace,
  managedByLabel,
  managedByUs,
  ownerAnnotation,
  targetAnnotation,
} from './node-pod.ts';

/** One thing of ours in the cluster. */
export interface Leftover {
  /** A debug container can be ended, but stays listed until its pod is replaced; a debug pod can be deleted. */
  readonly kind: 'container' | 'pod';
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly image: string;
  readonly isRunning: boolean;
  /** ISO 8601; when it ends by itself. Empty if it has ended, or nobody knows. */
  readonly endsAt: string;
  /** What a debug pod captures, and who started it; empty for containers. */
  readonly target: string;
  readonly owner: string;
}

/**
 * Lists what we left in one namespace or, with "", in all: debug containers, and debug pods there as
 * well as those in the namespace `netdebug` that capture pods of this one. Throws ApiError.
 */
export async function listLeftovers(api: KubeApi, namespace: string): Promise<Leftover[]> {
  const pods = await api.list<PodObject>(podsPath(namespace));
  const elsewhere =
    namespace === '' || namespace === debugNamespace ? [] : await debugPodsFor(api, namespace);
  return [...pods.flatMap((pod) => [...debugPod(pod), ...debugContainers(pod)]), ...elsewhere];
}

function podsPath(namespace: string): string {
  return namespace === '' ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`;
}

async function debugPodsFor(api: KubeApi, namespace: string): Promise<Leftover[]> {
  try {
    const labelSelector = `${managedByLabel}=${managedByUs}`;
    const pods = await api.list<PodObject>(podsPath(debugNamespace), { labelSelector });
    return pods.flatMap(debugPod).filter(({ target }) => target.startsWith(`pod/${namespace}/`));
  } catch (error) {
    // A namespace that is not there, or that this user may not look into, is not what was asked about.
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** A pod is ours by label and name: what others label so is not deleted. */
function debugPod({ metadata, spec, status }: PodObject): Leftover[] {
  const { name, namespace, labels, annotations } = metadata;
  if (labels?.[managedByLabel] !== managedByUs || !namePattern.test(name)) return [];
  const isRunning = status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
  const startMs = Date.parse(status?.startTime ?? '');
  const lifeMs = (spec?.activeDeadlineSeconds ?? NaN) * 1000;
  const isBounded = isRunning && Number.isFinite(startMs) && lifeMs > 0 && lifeMs < 1e11;
  return [
    {
      kind: 'pod',
      namespace,
      pod: name,
      container: name,
      image: '',
      isRunning,
      endsAt: isBounded ? new Date(startMs + lifeMs).toISOString() : '',
      target: annotations?.[targetAnnotation] ?? '',
      owner: annotations?.[ownerAnnotation] ?? '',
    },
  ];
}

function debugContainers(pod: PodObject): Leftover[] {
  const { namespace, name } = pod.metadata;
  const { running, inert } = findOurs(pod);
  const common = { kind: 'container', namespace, pod: name, target: '', owner: '' } as const;
  return [
    ...running.map((one) => ({
      ...common,
      container: one.name,
      image: one.image,
      isRunning: true,
      endsAt: one.endsAt,
    })),
    ...inert.map((container) => ({ ...common, container, image: '', isRunning: false, endsAt: '' })),
  ];
}

/** Ends a container of ours that still runs, by TERM to its main process, which exits at once. */
export function endCommand(): string[] {
  return ['kill', '-TERM', '1'];
}

/** Deletes a debug pod; one that is gone already is no error. Throws ApiError. */
export async function deleteDebugPod(api: KubeApi, namespace: string, name: string): Promise<void> {
  try {
    await api.delete(podPath(namespace, name));
  } catch (error) {
    // Gone already: by its deadline, or by an administrator.
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}
