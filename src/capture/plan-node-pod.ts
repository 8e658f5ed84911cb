import { findMissing } from '../access/check-rights.ts';
import { rightText } from '../access/right.ts';
import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Place } from '../target/place.ts';
import { newName } from './debug-container.ts';
import { nodePodRights } from '../access/needs.ts';
import { debugNamespace, nodeOf, nodePodBody, placeName } from './node-pod.ts';
import type { NodePodBody } from './node-pod.ts';
import { refusedBy } from './refusal.ts';
import { createPodRequest, sendChange } from './requests.ts';
import { virtualNode } from './virtual-node.ts';

/** A node debug pod that passes admission. */
export interface NodePodPlan {
  readonly kind: 'node-pod';
  readonly place: Place;
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly body: NodePodBody;
}

export interface NodePodOptions {
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly durationMs: number;
  /** The namespace that the user named for the pod; the only one that is tried then. */
  readonly debugNamespace?: string | undefined;
  /** True: nothing is asked of admission. */
  readonly isClientDryRun: boolean;
  /** It is to look into the node's network, and not to capture. */
  readonly readsNode?: boolean | undefined;
}

/** Pods of ours do not go there unless the user says so: who watches a cluster watches this namespace. */
const systemNamespace = 'kube-system';

/**
 * Finds a namespace that admits the node debug pod, by a dry run in each candidate: the one that the user
 * named, else the pod's own (the connection's for a node), then `netdebug`. Nothing is created.
 * Throws UserError that quotes each refusal.
 */
export async function planNodePod(api: KubeApi, place: Place, options: NodePodOptions): Promise<NodePodPlan> {
  const virtual = await virtualNode(api, place);
  if (virtual !== undefined)
    throw new UserError(
      `Nothing can be captured on node ${nodeOf(place)}`,
      `it is ${virtual}: there is no machine behind it on which a debug pod could run`,
      'Trace the other side of the conversation: the pods that it talks to.',
    );
  if (place.kind === 'node' && place.node.status?.nodeInfo?.operatingSystem === 'windows')
    throw new UserError(
      `Nothing can be captured on node ${nodeOf(place)}`,
      'it runs Windows, and there is no tcpdump for it',
      'Trace the Linux pods that its pods talk to: the fault shows there as well.',
    );
  const name = newName();
  const owner = await whoAmI(api);
  const refusals: string[] = [];
  for (const namespace of candidates(api, place, options.debugNamespace)) {
    const body = nodePodBody({ ...options, name, namespace, place, owner });
    const plan: NodePodPlan = { kind: 'node-pod', place, namespace, name, image: options.image, body };
    const refusal = options.isClientDryRun ? undefined : await tryIn(api, plan);
    if (refusal === undefined) return plan;
    refusals.push(`in namespace ${namespace}: ${refusal}`);
  }
  throw noNamespace(place, refusals);
}

function candidates(api: KubeApi, place: Place, named: string | undefined): string[] {
  if (named !== undefined && named !== '') return [named];
  const own = place.kind === 'pod' ? place.pod.metadata.namespace : api.namespace;
  return [...new Set([own, debugNamespace])].filter((namespace) => namespace !== systemNamespace);
}

/** Why the pod cannot be created in its namespace; undefined: it can. */
async function tryIn(api: KubeApi, { namespace, body }: NodePodPlan): Promise<string | undefined> {
  try {
    const missing = await findMissing(api, namespace, '', nodePodRights);
    if (missing.length > 0) return `your user lacks the right ${missing.map(rightText).join(', ')} there`;
    await sendChange(api, createPodRequest(body), 'All');
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (/does not support dry.?run/i.test(error.message)) return undefined;
    if (error.status === 404) return 'there is no such namespace';
    return refusedBy(error);
  }
}

function noNamespace(place: Place, refusals: readonly string[]): UserError {
  return new UserError(
    `No namespace takes a debug pod for ${placeName(place)}; nothing was created`,
    refusals.length === 0 ? 'no namespace but kube-system was there to try' : refusals.join('\n'),
    [
      'Name a namespace that admits privileged pods with --debug-namespace (kube-system is used only if it is named), or have one made:',
      `  kubectl create namespace ${debugNamespace}`,
      `  kubectl label namespace ${debugNamespace} pod-security.kubernetes.io/enforce=privileged`,
      'The rights that it takes there: kubectl netdebug rbac node',
    ].join('\n'),
  );
}

interface SelfReview {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

/** The user's name as the API server knows it (SelfSubjectReview, stable since 1.28); "" if it does not say. */
async function whoAmI(api: KubeApi): Promise<string> {
  try {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const review = await api.create<SelfReview>('/apis/authentication.k8s.io/v1/selfsubjectreviews', body);
    return review.status?.userInfo?.username ?? '';
  } catch (error) {
    // The annotation is a courtesy to administrators; an older server leaves it out.
    if (error instanceof ApiError) return '';
    throw error;
  }
}
