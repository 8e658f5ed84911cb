import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import type { PodObject } from '../target/pod-object.ts';
import { waitUntilRunning } from './await-container.ts';
import type { Say } from './await-container.ts';
import { hasNetRaw } from './container-facts.ts';
import { addressesOf } from './debug-container.ts';
import type { DebugContainer } from './debug-container.ts';
import { deleteDebugPod } from './leftovers.ts';
import { joinsNodeNetwork, nodeOf, placeName } from './node-pod.ts';
import type { NodePodPlan } from './plan-node-pod.ts';
import { findPodNetwork } from './pod-network.ts';
import { refusedBy } from './refusal.ts';
import { createPodRequest, sendChange } from './requests.ts';
import type { EnteredPlace } from './start-container.ts';

/**
 * Creates a node debug pod, waits until it runs, and finds the network to capture in. The pod is deleted
 * when the result is disposed of, and at once if anything here fails; if nobody is left to do
 * either, it ends by its own deadline.
 */
export async function startNodePod(
  api: KubeConnection,
  plan: NodePodPlan,
  say: Say,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<EnteredPlace> {
  const { name, namespace, image, place } = plan;
  const created = await sendChange<PodObject>(api, createPodRequest(plan.body)).catch((error: unknown) => {
    // A webhook that takes no dry runs speaks up only now.
    throw error instanceof ApiError ? notCreated(plan, error) : error;
  });
  const remove = async (): Promise<void> => await removePod(api, namespace, name, say);
  try {
    // The server's answer says what of the pod admission changed; name and node are what was asked for.
    const pod: PodObject = { ...created, metadata: { ...created.metadata, name, namespace } };
    await waitUntilRunning(api, { pod, container: name, image, timeoutMs, signal }, say);
    const container: DebugContainer = {
      namespace,
      pod: name,
      container: name,
      image,
      hostNetwork: joinsNodeNetwork(place),
      node: nodeOf(place),
      addresses: place.kind === 'pod' ? addressesOf(place.pod) : nodeAddresses(place.node),
      enter: [],
      root: '',
    };
    if (!(await hasNetRaw(api, container))) throw lacksCapability(namespace, name);
    const network =
      place.kind === 'pod' && !joinsNodeNetwork(place)
        ? await findPodNetwork(api, container, place.pod)
        : undefined;
    return { ...container, ...network, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function nodeAddresses({
  status,
}: {
  readonly status?: { readonly addresses?: readonly NodeAddress[] };
}): string[] {
  return (status?.addresses ?? []).flatMap(({ type, address }) =>
    address === undefined || type === 'Hostname' || type?.endsWith('DNS') === true ? [] : [address],
  );
}

interface NodeAddress {
  readonly type?: string;
  readonly address?: string;
}

async function removePod(api: KubeApi, namespace: string, name: string, say: Say): Promise<void> {
  try {
    await deleteDebugPod(api, namespace, name);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(
      `debug pod ${namespace}/${name} could not be deleted (${why}); it ends by itself; delete it with: kubectl delete pod ${name} -n ${namespace}`,
    );
  }
}

function notCreated({ namespace, place }: NodePodPlan, cause: ApiError): UserError {
  return new UserError(
    `No debug pod for ${placeName(place)} could be created in namespace ${namespace}`,
    refusedBy(cause),
    'Name another namespace that admits privileged pods: --debug-namespace NAMESPACE; see: kubectl netdebug doctor',
    { cause },
  );
}

function lacksCapability(namespace: string, name: string): UserError {
  return new UserError(
    `Debug pod ${namespace}/${name} may not capture`,
    'its processes lack the capability NET_RAW, although it was asked for: something took it out on the way (a mutating webhook, or the runtime)',
    'Look at what the cluster changes in new pods: kubectl get mutatingwebhookconfigurations',
  );
}
