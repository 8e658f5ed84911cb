import type { KubeApi } from '../kube/kube-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { selectorText, type LabelSelector } from './label-selector.ts';
import type { ObjectMeta, PodObject } from './pod-object.ts';
import { collectionPath } from './target-kinds.ts';

/** What targeting reads of a Deployment, StatefulSet, DaemonSet, ReplicaSet or Job. */
export interface WorkloadObject {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: LabelSelector;
    readonly suspend?: boolean;
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

interface Owned {
  readonly metadata: ObjectMeta;
}

/** Pods that the selector of a StatefulSet, DaemonSet, ReplicaSet or Job matches and that it controls. */
export async function controlledPods(api: KubeApi, workload: WorkloadObject): Promise<PodObject[]> {
  const pods = await selectedPods(api, workload);
  return pods.filter((pod) => isControlledBy(pod, new Set([workload.metadata.uid])));
}

/**
 * Pods of a Deployment: those that its selector matches and one of its ReplicaSets controls. Without
 * the right to list ReplicaSets the selector alone counts, as kubectl has it.
 */
export async function deploymentPods(api: KubeApi, deployment: WorkloadObject): Promise<PodObject[]> {
  const { namespace, uid } = deployment.metadata;
  const [pods, sets] = await Promise.all([
    selectedPods(api, deployment),
    api.list<Owned>(collectionPath('replicaset', namespace), queryOf(deployment)).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 403) return undefined;
      throw error;
    }),
  ]);
  if (sets === undefined) return pods;
  const owners = new Set(
    sets.filter((set) => isControlledBy(set, new Set([uid]))).map(({ metadata }) => metadata.uid),
  );
  return pods.filter((pod) => isControlledBy(pod, owners));
}

/** Pods of the Jobs that a CronJob made and that still exist. */
export async function cronJobPods(api: KubeApi, cronJob: WorkloadObject): Promise<PodObject[]> {
  const { namespace, uid } = cronJob.metadata;
  const jobs = await api.list<Owned>(collectionPath('job', namespace));
  const owners = new Set(
    jobs.filter((job) => isControlledBy(job, new Set([uid]))).map(({ metadata }) => metadata.uid),
  );
  if (owners.size === 0) return [];
  const pods = await api.list<PodObject>(collectionPath('pod', namespace), { labelSelector: 'job-name' });
  return pods.filter((pod) => isControlledBy(pod, owners));
}

async function selectedPods(api: KubeApi, workload: WorkloadObject): Promise<PodObject[]> {
  return await api.list<PodObject>(collectionPath('pod', workload.metadata.namespace), queryOf(workload));
}

function queryOf(workload: WorkloadObject): { readonly labelSelector: string } {
  return { labelSelector: selectorText(workload.spec?.selector) };
}

function isControlledBy(object: Owned, owners: ReadonlySet<string | undefined>): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    ({ controller, uid }) => controller === true && uid !== undefined && owners.has(uid),
  );
}
