import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { podPath } from '../target/find-pod.ts';
import type { ContainerStatus, PodObject } from '../target/pod-object.ts';
import { hasNetRaw } from './container-facts.ts';
import { asDebugContainer } from './debug-container.ts';
import type { DebugContainer } from './debug-container.ts';
import { defaults } from './defaults.ts';
import { addContainer } from './ladder.ts';
import type { Plan } from './ladder.ts';
import { judge, refusalError } from './refusal.ts';

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

/** Told while waiting: the container's state in the kubelet's words. */
export type Progress = (state: string) => void;

/**
 * Carries a plan out: adds the container if one is to be added, waits until it runs, and makes sure
 * that it may capture. Throws UserError with the kubelet's reason and the pod's last event.
 */
export async function enterPod(
  api: KubeConnection,
  plan: Plan,
  progress: Progress,
  timeoutMs: number = defaults.startTimeoutMs.value,
): Promise<DebugContainer> {
  if (plan.kind === 'reuse') return plan.container;
  const { namespace, name } = plan.pod.metadata;
  try {
    await addContainer(api, plan.pod, plan.spec, {});
  } catch (error) {
    const verdict = judge(error, namespace, name);
    if (verdict.kind === 'refused') throw await refusalError(api, namespace, name, plan.name, verdict.error);
    throw error;
  }
  await waitUntilRunning(api, plan.pod, plan.name, plan.image, progress, timeoutMs);
  const container = asDebugContainer(plan.pod, plan.name, plan.image);
  if (await hasNetRaw(api, container)) return container;
  throw new UserError(
    `Container ${plan.name} of pod ${namespace}/${name} may not capture`,
    plan.rung === 'net-raw'
      ? 'its processes lack the capability NET_RAW, although it was asked for'
      : "the namespace admits no added capability, and the node's container runtime does not grant NET_RAW by default (CRI-O)",
    `Allow the capability for a while: kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged --overwrite`,
  );
}

async function waitUntilRunning(
  api: KubeApi,
  pod: PodObject,
  name: string,
  image: string,
  progress: Progress,
  timeoutMs: number,
): Promise<void> {
  const startMs = performance.now();
  let shown = '';
  for (;;) {
    const current = await readAgain(api, pod);
    const state = current.status?.ephemeralContainerStatuses?.find((status) => status.name === name)?.state;
    if (state?.running !== undefined) return;
    const waitedMs = performance.now() - startMs;
    const described = describeState(state) || (waitedMs > unreportedMs ? unreported(pod) : '');
    if (willNotRun(state, image)) throw await notRunning(api, pod, name, image, described);
    if (waitedMs > timeoutMs)
      throw await notRunning(
        api,
        pod,
        name,
        image,
        `${described || unreported(pod)} after ${Math.round(timeoutMs / 1000)} s`,
      );
    if (described !== shown) progress((shown = described));
    await sleep(waitedMs < 5000 ? pollMs : slowPollMs);
  }
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
  pod: PodObject,
  name: string,
  image: string,
  state: string,
): Promise<UserError> {
  const { namespace } = pod.metadata;
  const event = await lastEvent(api, pod, name);
  const isImage = /image|pull|registry/i.test(`${state} ${event}`);
  const fix = isImage
    ? `Name an image that the node can pull: --image REGISTRY/netshoot:TAG, NETDEBUG_IMAGE, or the config file; it was ${image}. Private registries need the pod's own imagePullSecrets.`
    : `Look at it with: kubectl describe pod ${pod.metadata.name} -n ${namespace}; and at its node: kubectl describe node ${pod.spec?.nodeName ?? 'NODE'}`;
  return new UserError(
    `Container ${name} does not run in pod ${namespace}/${pod.metadata.name}`,
    event === '' ? state : `${state}; last event: ${event}`,
    fix,
  );
}

interface EventObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly metadata?: { readonly creationTimestamp?: string };
  readonly involvedObject?: { readonly fieldPath?: string };
}

async function lastEvent(api: KubeApi, pod: PodObject, name: string): Promise<string> {
  try {
    const query = { fieldSelector: `involvedObject.uid=${pod.metadata.uid ?? ''}` };
    const events = await api.list<EventObject>(`/api/v1/namespaces/${pod.metadata.namespace}/events`, query);
    const when = (event: EventObject): string =>
      event.lastTimestamp ?? event.eventTime ?? event.metadata?.creationTimestamp ?? '';
    const last = events
      .filter((event) => event.involvedObject?.fieldPath?.includes(name) === true)
      .toSorted((one, other) => (when(one) < when(other) ? -1 : 1))
      .at(-1);
    return last === undefined ? '' : `${last.reason ?? ''}: ${last.message ?? ''}`;
  } catch (error) {
    // Events add to the message; without the right to read them the state alone must do.
    if (error instanceof ApiError) return '';
    throw error;
  }
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
