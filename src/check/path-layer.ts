import type { NodeFacts } from '../cluster/facts.ts';
import { listed } from '../explain/evidence.ts';
import type { Unknown } from '../explain/explanation.ts';
import { command } from '../explain/paste.ts';
import { layerOf, type JudgedLayer, type LayerInput } from './layer.ts';

/** The nodes between both ends. null: there are no nodes in manifests. */
export function pathLayer(input: LayerInput): JudgedLayer | null {
  const { facts, isOfManifests } = input;
  if (isOfManifests || input.ways.length === 0) return null;
  const [from, ...far] = nodesOf(input);
  if (from === undefined) return null;
  const names = [...new Set([from, ...far])].filter((name) => name !== '');
  if (facts.nodes === null) return layerOf('path', 'unknown', 'the nodes could not be read');
  const ill = facts.nodes.filter(
    (node) => names.includes(node.name) && (!node.ready || node.problems.length > 0),
  );
  const where = describe(from, far);
  const [first] = ill;
  if (first === undefined) return layerOf('path', 'ok', `${where}; their settings were not read`);
  return layerOf('path', 'warning', `${where}; ${listed(ill.map(stateOf))}`, {
    next: command([first.name], `kubectl describe node ${first.name}`),
  });
}

/** What only the nodes themselves could tell. */
export function pathUnknowns(input: LayerInput): Unknown[] {
  const { pod } = input.route.client;
  const names = input.isOfManifests ? [] : [...new Set(nodesOf(input))].filter((name) => name !== '');
  if (names.length === 0 || pod === null) return [];
  return [
    {
      what: `forwarding, bridge, filter and MTU settings of ${listed(names)}`,
      why: 'they are the nodes’ own and were not asked for',
      next: command(
        [pod.name, pod.namespace],
        `kubectl netdebug trace pod/${pod.name} -n ${pod.namespace} --read-node`,
      ),
    },
  ];
}

/** The client's node, then the endpoints'; '' for hosts outside the cluster. */
function nodesOf({ route: { client }, ways, directory }: LayerInput): string[] {
  const far = ways.map(({ to, address }) =>
    to.kind === 'pod' ? to.pod.node : directory.lookup(address).node,
  );
  return [client.pod?.node ?? '', ...new Set(far)];
}

function describe(from: string, far: readonly string[]): string {
  const start = from === '' ? 'from outside the cluster' : `from ${from}`;
  const ends = far.map((name) =>
    name === '' ? 'out of the cluster' : name === from ? `${name} itself` : name,
  );
  return `${start} to ${listed(ends)}`;
}

function stateOf({ name, ready, problems }: NodeFacts): string {
  const state = ready ? [] : ['is not ready'];
  return `node ${name} ${[...state, ...problems].join(', ')}`;
}
