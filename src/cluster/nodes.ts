import type { KubeApi } from '../kube/kube-api.ts';
import type { NodeFacts, Unreadable } from './facts.ts';
import { addressKey } from './address.ts';
import { asList, asObject, asText, asTextMap, asTexts, compareText } from './raw.ts';
import { isForbidden, MAX_OBJECTS, roleRule, wordsOf } from './read-list.ts';

/** Conditions that must not be True on a healthy node (Kubernetes NodeConditionType). */
const BAD_WHEN_TRUE: ReadonlySet<string> = new Set([
  'NetworkUnavailable',
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
]);

type Annotations = Readonly<Record<string, string>>;

/** How the annotations begin that a network plugin leaves on its nodes. */
const PLUGIN_ANNOTATIONS: Readonly<Record<string, string>> = {
  calico: 'projectcalico.org/',
  cilium: 'network.cilium.io/',
  flannel: 'flannel.alpha.coreos.com/',
};

/** Reads the nodes; null and a reason if they cannot be read. Never throws. */
export async function readNodes(
  api: KubeApi,
): Promise<{ readonly nodes: NodeFacts[] | null; readonly unreadable: readonly Unreadable[] }> {
  try {
    const raw = await api.list<unknown>('/api/v1/nodes', {}, MAX_OBJECTS);
    return { nodes: raw.map(toNodeFacts).toSorted((a, b) => compareText(a.name, b.name)), unreadable: [] };
  } catch (error) {
    return {
      nodes: null,
      unreadable: [
        { what: 'nodes', why: wordsOf(error), fix: isForbidden(error) ? roleRule('', 'nodes') : '' },
      ],
    };
  }
}

/** Reduces a Node of the API. */
export function toNodeFacts(raw: unknown): NodeFacts {
  const node = asObject(raw);
  const metadata = asObject(node['metadata']);
  const spec = asObject(node['spec']);
  const status = asObject(node['status']);
  const annotations = asTextMap(metadata['annotations']);
  const conditions = asList(status['conditions']).map(asObject);
  const podCidrs = asTexts(spec['podCIDRs']);
  const single = asText(spec['podCIDR']);
  return {
    name: asText(metadata['name']),
    labels: asTextMap(metadata['labels']),
    addresses: asList(status['addresses'])
      .map(asObject)
      .filter((address) => address['type'] !== 'Hostname')
      .map((address) => asText(address['address']))
      .filter((address) => address !== ''),
    podCidrs: podCidrs.length > 0 || single === '' ? podCidrs : [single],
    ready: conditions.some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True'),
    problems: conditions.filter(isProblem).map(describe).toSorted(),
    plugins: pluginsOf(annotations),
    pluginAddresses: pluginAddressesOf(annotations),
  };
}

function pluginsOf(annotations: Annotations): string[] {
  const keys = Object.keys(annotations);
  return Object.entries(PLUGIN_ANNOTATIONS)
    .filter(([, prefix]) => keys.some((key) => key.startsWith(prefix)))
    .map(([plugin]) => plugin);
}

/** With or without a prefix length, as Calico writes them; ranges are left out. */
function pluginAddressesOf(annotations: Annotations): string[] {
  const prefixes = Object.values(PLUGIN_ANNOTATIONS);
  return Object.entries(annotations)
    .filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix)) && !/cidr/i.test(key))
    .map(([, value]) => value.replace(/\/\d+$/, ''))
    .filter((address) => addressKey(address) !== '')
    .toSorted(compareText);
}

function isProblem(condition: Readonly<Record<string, unknown>>): boolean {
  const type = asText(condition['type']);
  return type === 'Ready'
    ? condition['status'] !== 'True'
    : BAD_WHEN_TRUE.has(type) && condition['status'] === 'True';
}

function describe(condition: Readonly<Record<string, unknown>>): string {
  const reason = asText(condition['reason']);
  return `${asText(condition['type'])}=${asText(condition['status'])}${reason === '' ? '' : `: ${reason}`}`;
}
