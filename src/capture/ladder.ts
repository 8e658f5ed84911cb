import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { podPath } from '../target/find-pod.ts';
import type { PodObject } from '../target/pod-object.ts';
import { hasNetRaw } from './container-facts.ts';
import {
  asDebugContainer,
  findOurs,
  newContainer,
  reusable,
  rungs,
  securityContext,
} from './debug-container.ts';
import type { DebugContainer, Rung } from './debug-container.ts';
import { addContainerRight, captureRights, checkRights } from './permissions.ts';
import { judge, refusalError } from './refusal.ts';

/** How a capture will get into a pod; made without changing anything. */
export type Plan =
  | {
      readonly kind: 'reuse';
      readonly pod: PodObject;
      readonly container: DebugContainer;
      readonly endsAt: string;
      readonly inert: readonly string[];
    }
  | {
      readonly kind: 'add';
      readonly pod: PodObject;
      readonly name: string;
      readonly image: string;
      readonly rung: Rung;
      /** The ephemeral container as it will be sent. */
      readonly spec: object;
      /** Containers of ours that are listed in the pod and no longer run. */
      readonly inert: readonly string[];
    };

export interface PlanOptions {
  readonly image: string;
  readonly durationMs: number;
}

const fieldManager = 'kubectl-netdebug';

/**
 * Finds the way in: a running container of ours if one fits, else the first form of a new one that
 * passes admission in a dry run. Checks the rights that this needs. Throws UserError when there is
 * no way; the pod is then unchanged.
 */
export async function planDebugContainer(
  api: KubeConnection,
  pod: PodObject,
  options: PlanOptions,
): Promise<Plan> {
  const { namespace, name } = pod.metadata;
  const ours = findOurs(pod);
  // The right to add is asked for even if a container is there: the same user gets the same answer every time.
  await checkRights(api, namespace, name, [...captureRights, addContainerRight]);
  for (const candidate of reusable(ours, options.image, options.durationMs, Date.now())) {
    const container = asDebugContainer(pod, candidate.name, candidate.image);
    if (await canCapture(api, container))
      return { kind: 'reuse', pod, container, endsAt: candidate.endsAt, inert: ours.inert };
  }
  const container = newContainer(options.image, options.durationMs);
  let refusal: ApiError | undefined;
  for (const rung of rungs) {
    const spec = { ...container, imagePullPolicy: 'IfNotPresent', securityContext: securityContext(rung) };
    const verdict = await addContainer(api, pod, spec, { dryRun: 'All' }).then(
      () => ({ kind: 'admitted' }) as const,
      (error: unknown) => judge(error, namespace, name),
    );
    if (verdict.kind !== 'refused')
      return { kind: 'add', pod, name: container.name, image: options.image, rung, spec, inert: ours.inert };
    refusal = verdict.error;
  }
  throw await refusalError(
    api,
    namespace,
    name,
    container.name,
    refusal ?? new ApiError(0, '', 'no form of the container was tried'),
  );
}

/** Adds a container to the pod (strategic merge patch: the list entry is added, the others stay). */
export async function addContainer(
  api: KubeApi,
  pod: PodObject,
  spec: object,
  query: { readonly dryRun?: 'All' },
): Promise<void> {
  const path = `${podPath(pod.metadata.namespace, pod.metadata.name)}/ephemeralcontainers`;
  await api.patch(path, { spec: { ephemeralContainers: [spec] } }, { fieldManager, ...query });
}

/** One line that says what the plan does to the pod; shown before it is done. */
export function describePlan(plan: Plan): string {
  const { namespace, name } = plan.pod.metadata;
  const inert =
    plan.inert.length === 0
      ? ''
      : `; ${plan.inert.length} ended ${plan.inert.length === 1 ? 'one is' : 'ones are'} still listed`;
  if (plan.kind === 'reuse')
    return `uses container ${plan.container.container} of pod ${namespace}/${name}, which is there already and ends by itself at ${plan.endsAt}${inert}; payload may hold secrets`;
  return `adds container ${plan.name} (${plan.image}) to pod ${namespace}/${name}; it ends by itself and stays listed until the pod is replaced${inert}; payload may hold secrets`;
}

/** A container that cannot be asked is passed over: a new one is the way out. */
async function canCapture(api: KubeConnection, container: DebugContainer): Promise<boolean> {
  try {
    return await hasNetRaw(api, container);
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) throw error;
    return false;
  }
}
