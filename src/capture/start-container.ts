import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { waitUntilRunning } from './await-container.ts';
import type { Say } from './await-container.ts';
import { hasNetRaw } from './container-facts.ts';
import { asDebugContainer } from './debug-container.ts';
import type { DebugContainer } from './debug-container.ts';
import { defaults } from './defaults.ts';
import type { Plan } from './ladder.ts';
import { judge, refusalError } from './refusal.ts';
import { addContainerRequest, sendChange } from './requests.ts';
import { startNodePod } from './start-node-pod.ts';

/** A place in which commands can be run. Disposing of it removes what can be removed: a pod of ours. It never rejects. */
export interface EnteredPlace extends DebugContainer, AsyncDisposable {}

export interface EnterOptions {
  readonly timeoutMs?: number;
  /** Ends the waiting; what was created is removed. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Carries a plan out: adds the container or creates the pod, waits until it runs, and makes sure
 * that it may capture. `say` is told the kubelet's words while waiting, and later what could not be
 * removed. Throws UserError with the kubelet's reason and the last event; a pod of ours is gone then.
 */
export async function enterPlace(
  api: KubeConnection,
  plan: Plan,
  say: Say,
  { timeoutMs = defaults.startTimeoutMs.value, signal }: EnterOptions = {},
): Promise<EnteredPlace> {
  if (plan.kind === 'node-pod') return await startNodePod(api, plan, say, timeoutMs, signal);
  const container =
    plan.kind === 'reuse' ? plan.container : await startContainer(api, plan, say, timeoutMs, signal);
  // An ephemeral container cannot be removed; it ends by itself.
  return { ...container, [Symbol.asyncDispose]: async () => undefined };
}

async function startContainer(
  api: KubeConnection,
  plan: Extract<Plan, { kind: 'add' }>,
  say: Say,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<DebugContainer> {
  const { namespace, name } = plan.pod.metadata;
  try {
    await sendChange(api, addContainerRequest(plan.pod, plan.spec));
  } catch (error) {
    const verdict = judge(error, namespace, name);
    if (verdict.kind === 'refused')
      throw await refusalError(api, namespace, name, [{ container: plan.name, error: verdict.error }]);
    throw error;
  }
  await waitUntilRunning(
    api,
    { pod: plan.pod, container: plan.name, image: plan.image, timeoutMs, signal },
    say,
  );
  const container = asDebugContainer(plan.pod, plan.name, plan.image);
  if (await hasNetRaw(api, container)) return container;
  throw new UserError(
    `Container ${plan.name} of pod ${namespace}/${name} may not capture`,
    plan.rung === 'net-raw'
      ? 'its processes lack the capability NET_RAW, although it was asked for'
      : "the namespace admits no added capability, and the node's container runtime does not grant NET_RAW by default (CRI-O)",
    `Allow the capability for a while: kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged --overwrite; or capture from its node, with a privileged pod in a namespace that admits one: --profile node`,
  );
}
