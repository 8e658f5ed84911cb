import { listed, path } from '../explain/evidence.ts';
import { command } from '../explain/paste.ts';
import { layerOf, type JudgedLayer, type LayerInput } from './layer.ts';

/** The pod that asks: whether it runs and has an address. null: an address asks, of which nothing is known. */
export function fromLayer({ route: { client }, isOfManifests }: LayerInput): JudgedLayer | null {
  const { pod } = client;
  if (pod === null || isOfManifests) return null;
  const next = command([pod.name, pod.namespace], `kubectl describe pod ${pod.name} -n ${pod.namespace}`);
  if (pod.addresses.length === 0 || pod.phase !== 'Running')
    return layerOf(
      'from',
      'fails',
      `pod ${path(pod)} is ${pod.phase} and cannot send${problems(pod.containerProblems)}`,
      {
        next,
      },
    );
  const where = `pod ${path(pod)}, ${client.address} on ${pod.node}`;
  if (pod.hostNetwork)
    return layerOf('from', 'ok', `${where}; it uses its node's network, so no policy selects it`);
  return pod.ready
    ? layerOf('from', 'ok', where)
    : layerOf('from', 'warning', `${where}; it is not ready${problems(pod.containerProblems)}`, { next });
}

function problems(found: readonly string[]): string {
  return found.length === 0 ? '' : `: ${listed(found)}`;
}
