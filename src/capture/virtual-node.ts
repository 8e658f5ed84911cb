import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { NodeObject, Place } from '../target/place.ts';
import { nodeOf } from './node-pod.ts';

/** Nodes of this kind run no debug containers either. */
export const virtualKubelet = 'a virtual node (virtual-kubelet)';

/** Labels by which nodes without a machine are known, and what is behind them. */
const marks: readonly { readonly label: string; readonly value: string; readonly name: string }[] = [
  { label: 'eks.amazonaws.com/compute-type', value: 'fargate', name: 'AWS Fargate' },
  { label: 'type', value: 'virtual-kubelet', name: virtualKubelet },
];

/**
 * What a place's node is, if it is no machine: pods there run elsewhere, and take neither debug pods nor (as
 * a rule) debug containers. undefined: a real node, or one that this user may not read.
 */
export async function virtualNode(api: KubeApi, place: Place): Promise<string | undefined> {
  if (place.kind === 'node') return markOf(place.node);
  const name = nodeOf(place);
  if (name.startsWith('fargate-')) return marks[0]?.name;
  try {
    return name === '' ? undefined : markOf(await api.get<NodeObject>(`/api/v1/nodes/${name}`));
  } catch (error) {
    // Many users may not read nodes; the kubelet will tell.
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function markOf({ metadata }: NodeObject): string | undefined {
  return marks.find(({ label, value }) => metadata.labels?.[label] === value)?.name;
}
