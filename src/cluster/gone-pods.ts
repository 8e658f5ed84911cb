import type { KubeApi } from '../kube/kube-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { Facts, PodFacts } from './facts.ts';
import type { GonePodFacts } from './gone-pod-facts.ts';
import { covers } from './labels.ts';
import { toPodFacts } from './pods.ts';
import { compareObjects } from './raw.ts';

/** Pods that are noted of a namespace; of larger ones the rest is not followed. */
const MAX_NOTED = 500;

/** Notes the pods of the namespaces as they are now; those of a namespace that may not be read are left out. */
export async function notePods(api: KubeApi, namespaces: readonly string[]): Promise<PodFacts[]> {
  const lists = await Promise.all(
    namespaces.map(async (namespace) => {
      try {
        const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
        return (await api.list<unknown>(path, {}, MAX_NOTED)).map(toPodFacts);
      } catch (error) {
        // The list that is read at the end tells what is missing.
        if (!(error instanceof ApiError)) throw error;
        return [];
      }
    }),
  );
  return lists.flat();
}

/** Those of the noted pods that are not there any more; [] where the pods could not all be read again. */
export function findGonePods(noted: readonly PodFacts[], facts: Facts): GonePodFacts[] {
  const now = new Map((facts.pods ?? []).map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
  const gone = noted.flatMap((pod): GonePodFacts[] => {
    if (pod.addresses.length === 0 || hasEnded(pod) || !covers(facts, 'pods', pod.namespace)) return [];
    const successor = now.get(`${pod.namespace}/${pod.name}`);
    const how =
      successor === undefined ? 'deleted' : successor.createdAt === pod.createdAt ? 'ended' : 'replaced';
    if (how === 'ended' && successor !== undefined && !hasEnded(successor)) return [];
    const { namespace, name, addresses, labels, node, owner } = pod;
    return [{ namespace, name, addresses, labels, node, owner, how }];
  });
  return gone.toSorted(compareObjects);
}

/** Its address is free for others then. */
function hasEnded({ phase }: PodFacts): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
