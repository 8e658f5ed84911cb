import { checkRights } from '../access/check-rights.ts';
import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import type { Place } from '../target/place.ts';
import type { PodObject } from '../target/pod-object.ts';
import { hasNetRaw } from './container-facts.ts';
import { asDebugContainer, findOurs, newContainer, reusable, securityContext } from './debug-container.ts';
import type { DebugContainer, OurContainers, Rung } from './debug-container.ts';
import { addContainerRight, captureRights } from '../access/needs.ts';
import { nodeOf, placeName } from './node-pod.ts';
import { planNodePod } from './plan-node-pod.ts';
import type { NodePodPlan } from './plan-node-pod.ts';
import { rungsOf } from './profile.ts';
import type { Profile } from './profile.ts';
import { judge, refusalError } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { addContainerRequest, createPodRequest, sendChange } from './requests.ts';
import type { ChangeRequest } from './requests.ts';
import { virtualKubelet, virtualNode } from './virtual-node.ts';

/** How a capture will get into a place; made without changing anything. */
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
    }
  | NodePodPlan;

export interface PlanOptions {
  readonly image: string;
  readonly durationMs: number;
  /** Default: `auto`. A node is captured by a pod on it, whatever the profile. */
  readonly profile?: Profile | undefined;
  /** Default: IfNotPresent. */
  readonly imagePullPolicy?: string | undefined;
  /** Namespace for a node debug pod. */
  readonly debugNamespace?: string | undefined;
  /** `client`: rights and admission are not asked, no command is run. */
  readonly dryRun?: 'client' | 'server' | undefined;
}

/**
 * Finds the way in: a running container of ours if one fits, else the first form of a new one that
 * passes admission in a dry run; a node debug pod for nodes and if the user chose it. Checks the
 * rights that this needs. Throws UserError when there is no way; the cluster is then unchanged.
 */
export async function planDebugContainer(
  api: KubeConnection,
  place: Place,
  options: PlanOptions,
): Promise<Plan> {
  const { profile = 'auto', imagePullPolicy = 'IfNotPresent' } = options;
  const isClientDryRun = options.dryRun === 'client';
  if (place.kind === 'node' || profile === 'node')
    return await planNodePod(api, place, { ...options, imagePullPolicy, isClientDryRun });
  const { pod } = place;
  const ours = findOurs(pod);
  if (isClientDryRun) return newPlan(pod, options, ours, rungsOf(profile)[0] ?? 'net-raw');
  const { namespace, name } = pod.metadata;
  await refuseVirtualNode(api, place);
  // The right to add is asked for even if a container is there: the same user gets the same answer every time.
  await checkRights(api, namespace, name, [...captureRights, addContainerRight]);
  return (await planReuse(api, pod, options, ours)) ?? (await planNew(api, pod, options, ours));
}

/** A container that never runs could not be taken out again. */
async function refuseVirtualNode(api: KubeApi, place: Place): Promise<void> {
  const virtual = await virtualNode(api, place);
  if (virtual !== virtualKubelet) return;
  throw new UserError(
    `${placeName(place)} cannot be captured`,
    `its node ${nodeOf(place)} is ${virtual}: no debug container runs there`,
    'Trace the other side of the conversation: the pods that it talks to.',
  );
}

async function planReuse(
  api: KubeConnection,
  pod: PodObject,
  options: PlanOptions,
  ours: OurContainers,
): Promise<Plan | undefined> {
  for (const candidate of reusable(ours, options.image, options.durationMs, Date.now())) {
    const container = asDebugContainer(pod, candidate.name, candidate.image);
    if (await canCapture(api, container))
      return { kind: 'reuse', pod, container, endsAt: candidate.endsAt, inert: ours.inert };
  }
  return undefined;
}

async function planNew(
  api: KubeApi,
  pod: PodObject,
  options: PlanOptions,
  ours: OurContainers,
): Promise<Plan> {
  const { namespace, name } = pod.metadata;
  const refusals: Refusal[] = [];
  for (const rung of rungsOf(options.profile ?? 'auto')) {
    const plan = newPlan(pod, options, ours, rung);
    const verdict = await sendChange(api, addContainerRequest(pod, plan.spec), 'All').then(
      () => ({ kind: 'admitted' }) as const,
      (error: unknown) => judge(error, namespace, name),
    );
    if (verdict.kind !== 'refused') return plan;
    refusals.push({ container: plan.name, error: verdict.error });
  }
  const [first, ...others] = refusals;
  if (first === undefined) throw new Error('a profile without a rung');
  throw await refusalError(api, namespace, name, [first, ...others]);
}

function newPlan(
  pod: PodObject,
  { image, durationMs, imagePullPolicy = 'IfNotPresent' }: PlanOptions,
  { inert }: OurContainers,
  rung: Rung,
): Extract<Plan, { kind: 'add' }> {
  const container = newContainer(image, durationMs);
  const spec = { ...container, imagePullPolicy, securityContext: securityContext(rung) };
  return { kind: 'add', pod, name: container.name, image, rung, spec, inert };
}

/** What will be sent to carry a plan out; undefined: nothing. */
export function requestOf(plan: Plan): ChangeRequest | undefined {
  if (plan.kind === 'reuse') return undefined;
  return plan.kind === 'add' ? addContainerRequest(plan.pod, plan.spec) : createPodRequest(plan.body);
}

/** One line that says what the plan does to the pod; shown before it is done. */
export function describePlan(plan: Plan): string {
  if (plan.kind === 'node-pod')
    return `creates pod ${plan.namespace}/${plan.name} (${plan.image}) on node ${nodeOf(plan.place)} to capture ${placeName(plan.place)}; it is deleted afterwards and ends by itself in any case; payload may hold secrets`;
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
