import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { podPath } from '../target/find-pod.ts';
import type { ContainerStatus, PodObject } from '../target/pod-object.ts';
import { lastEvent } from './last-event.ts';
import { virtualNode } from './virtual-node.ts';

const pollMs = 200;
const slowPollMs = 1000;
/** A kubelet that is well reports a new container's state within a second or two. */
const unreportedMs = 5000;
/** Reasons that no waiting heals (kubelet, pkg/kubelet/images and kuberuntime). */
const finalReasons = [
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImagePullBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
];

/** What a registry says that it will say again: the kubelet's next attempt, some 10 s to a minute later, is not waited for. */
const finalPullError =
  /not found|manifest unknown|name unknown|unauthorized|denied|insufficient_scope|x509|no match for platform/i;
/** A program for another kind of processor: containerd and runc say so when they start it. */
const wrongArchitecture = /exec format error|no match for platform|does not match the specified platform/i;

/** Told one line at a time what happens: the container's state in the kubelet's words, what could not be removed. */
export type Say = (line: string) => void;

/** A container that was added or created, and how long to wait for it. */
export interface Awaited {
  readonly pod: PodObject;
  readonly container: string;
  readonly image: string;
  readonly timeoutMs: number;
  /** Aborted when the user does not want to wait any longer. */
  readonly signal?: AbortSignal | undefined;
}

/** Waits until a container of a pod runs. Throws UserError with the kubelet's reason and the last event. */
export async function waitUntilRunning(api: KubeApi, awaited: Awaited, say: Say): Promise<void> {
  const startMs = performance.now();
  let shown = '';
  for (;;) {
    const current = await readAgain(api, awaited.pod);
    const state = stateOf(current, awaited.container);
    if (state?.running !== undefined) return;
    if (awaited.signal?.aborted === true) throw interrupted(awaited);
    const waitedMs = performance.now() - startMs;
    const described =
      describeState(state) || podReason(current) || (waitedMs > unreportedMs ? unreported(awaited.pod) : '');
    if (willNotRun(state, awaited.image) || hasEnded(current))
      throw await notRunning(api, awaited, current, described);
    if (waitedMs > awaited.timeoutMs) {
      const after = `after ${Math.round(awaited.timeoutMs / 1000)} s`;
      throw await notRunning(api, awaited, current, `${described || unreported(awaited.pod)} ${after}`);
    }
    if (described !== shown) say(`waiting for the container: ${(shown = described)}`);
    await sleep(waitedMs < 5000 ? pollMs : slowPollMs, undefined, { signal: awaited.signal }).catch(
      // An abort is answered at the next look, which may find the container running after all.
      () => undefined,
    );
  }
}

function stateOf(pod: PodObject, container: string): ContainerStatus['state'] {
  const { ephemeralContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  return [...ephemeralContainerStatuses, ...containerStatuses].find(({ name }) => name === container)?.state;
}

/** A pod that the kubelet refused or ended has no container states, but a reason. */
function podReason({ status }: PodObject): string {
  return [status?.reason, status?.message].filter((part) => part !== undefined && part !== '').join(': ');
}

function hasEnded({ status }: PodObject): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded';
}

/** Throws UserError if the pod has gone or is going. */
async function readAgain(api: KubeApi, pod: PodObject): Promise<PodObject> {
  try {
    const current = await api.get<PodObject>(podPath(pod.metadata.namespace, pod.metadata.name));
    if (current.metadata.uid !== pod.metadata.uid) throw replaced(pod, 'replaced');
    if (current.metadata.deletionTimestamp !== undefined) throw replaced(pod, 'deleted');
    return current;
  } catch (error) {
    throw error instanceof ApiError && error.status === 404 ? replaced(pod, 'deleted') : error;
  }
}

function unreported(pod: PodObject): string {
  return `the kubelet of node ${pod.spec?.nodeName ?? '?'} has not taken it up`;
}

function willNotRun(state: ContainerStatus['state'], image: string): boolean {
  if (state?.terminated !== undefined) return true;
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (finalReasons.includes(reason)) return true;
  return reason === 'ErrImagePull' && finalPullError.test(message.replaceAll(image, ''));
}

function describeState(state: ContainerStatus['state']): string {
  const { waiting, terminated } = state ?? {};
  const { reason, message } = waiting ?? terminated ?? {};
  const text = [reason, message].filter((part) => part !== undefined && part !== '').join(': ');
  return terminated === undefined ? text : `it ended (${text || `exit code ${terminated.exitCode ?? '?'}`})`;
}

async function notRunning(
  api: KubeApi,
  { pod, container, image }: Awaited,
  current: PodObject,
  state: string,
): Promise<UserError> {
  const { namespace, name } = pod.metadata;
  const event = await lastEvent(api, pod, container);
  const virtual = await virtualNode(api, { kind: 'pod', pod, asked: '' });
  const where =
    virtual === undefined ? '' : `; its node is ${virtual}, where debug containers may not run at all`;
  return new UserError(
    `Container ${container} does not run in pod ${namespace}/${name}`,
    `${event === '' ? state : `${state}; last event: ${event}`}${where}`,
    fixFor(`${state} ${event}`, current, image),
  );
}

function fixFor(seen: string, pod: PodObject, image: string): string {
  const { namespace, name } = pod.metadata;
  const node = pod.spec?.nodeName ?? 'NODE';
  const text = seen.replaceAll(image, '');
  if (wrongArchitecture.test(text))
    return `The image ${image} has no program for the processor of node ${node} (see: kubectl get node ${node} -L kubernetes.io/arch). Name one for several architectures: --image REGISTRY/netshoot:TAG`;
  const isPull = /image|pull|registry/i.test(text);
  if (isPull && /unauthorized|denied|insufficient_scope|authorization failed/i.test(text))
    return `The registry of ${image} wants credentials, and a debug container has those of its pod alone. ${pullSecretHint(pod)}; or name an image that needs none: --image REGISTRY/netshoot:TAG.`;
  if (/ErrImageNeverPull/.test(text))
    return `The node may not pull it (--image-pull-policy Never) and does not have it: give --image-pull-policy IfNotPresent, or --image with one that is there: kubectl get node ${node} -o jsonpath='{.status.images[*].names}'`;
  if (isPull)
    return `Name an image that the node can pull: --image REGISTRY/netshoot:TAG, NETDEBUG_IMAGE, or the config file; it was ${image}. ${pullSecretHint(pod)}.`;
  return `Look at it with: kubectl describe pod ${name} -n ${namespace}; and at its node: kubectl describe node ${node}`;
}

function pullSecretHint(pod: PodObject): string {
  const names = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  return names.length === 0
    ? 'Private registries need imagePullSecrets of the pod or of its ServiceAccount; this pod names none'
    : `Private registries need the pod's own imagePullSecrets, which are ${names.join(', ')}`;
}

function interrupted({ pod, container }: Awaited): UserError {
  const { namespace, name } = pod.metadata;
  return new UserError(
    `Interrupted before container ${container} of pod ${namespace}/${name} ran`,
    'nothing was captured',
    'Nothing has to be done: a debug container ends by itself, a debug pod is deleted.',
  );
}

function replaced(pod: PodObject, what: 'replaced' | 'deleted'): UserError {
  const { namespace, name } = pod.metadata;
  return new UserError(
    `Pod ${namespace}/${name} was ${what} while the debug container started`,
    what === 'replaced' ? 'another pod of the same name is there now' : 'it is gone or about to go',
    what === 'replaced'
      ? `Start again: kubectl netdebug trace pod/${name} -n ${namespace}`
      : `Trace the pod that takes its place: kubectl get pods -n ${namespace}`,
  );
}
