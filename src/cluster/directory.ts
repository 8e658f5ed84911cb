import { addressKey, cidrContains, isFirstHost, nodeRangeOf, splitServer } from './address.ts';
import type { EndpointFacts, Facts, NodeFacts, ObjectName, PodFacts, ServiceFacts } from './facts.ts';
import { covers } from './labels.ts';

/**
 * What an address is. `stale`: an address of the pods' range or of an EndpointSlice that no pod has.
 * `unknown`: in the cluster's ranges, but the pods that could have it were not all read.
 */
export type AddressKind =
  | 'pod'
  | 'service'
  | 'dns'
  | 'node'
  | 'node-gateway'
  | 'api-server'
  | 'link-local'
  | 'stale'
  | 'unknown'
  | 'external';

export interface AddressEntry {
  readonly kind: AddressKind;
  /** Short text for tables and sentences, "svc/payments.shop"; '' for what has no name in the cluster. */
  readonly name: string;
  readonly pod: PodFacts | null;
  /** The Service at the address; for `stale` the one whose EndpointSlice lists it. */
  readonly service: ServiceFacts | null;
  /** Name of the node it is on or belongs to, '' if unknown. */
  readonly node: string;
}

/** One address of an EndpointSlice and the pod behind it. */
export interface EndpointAddress extends Pick<
  EndpointFacts,
  'ready' | 'serving' | 'terminating' | 'forZones' | 'forNodes'
> {
  readonly address: string;
  /** Name of the slice. */
  readonly slice: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  readonly node: string;
  /** Name of the pod as the slice has it, '' if it names none. */
  readonly podName: string;
  /** The live pod that has this address, null if none was found. */
  readonly pod: PodFacts | null;
}

/** Answers "what is this address?" from the facts. Pure; made once per run. */
export interface Directory {
  lookup(address: string): AddressEntry;
  /** The entry's name, '' if it has none. */
  nameOf(address: string): string;
  /** The Service at "address:port", node ports included. */
  serviceAt(server: string): ServiceFacts | null;
  /** The live pod (not on the host's network) that has the address. */
  podAt(address: string): PodFacts | null;
  endpointsOf(service: ObjectName): readonly EndpointAddress[];
  isClusterDns(service: ObjectName): boolean;
}

const NOBODY: AddressEntry = { kind: 'external', name: '', pod: null, service: null, node: '' };

/** Indexes the facts by address. Facts that are missing make entries poorer, never wrong. */
export function openDirectory(facts: Facts): Directory {
  const pods = indexPods(facts.pods ?? []);
  const services = indexServices(facts.services ?? []);
  const nodes = indexNodes(facts.nodes ?? [], facts.pods ?? []);
  const gateways = indexGateways(facts.nodes ?? []);
  const ranges = podRanges(facts.nodes ?? [], facts.pods ?? []);
  const endpoints = indexEndpoints(facts, pods);
  const owners = indexOwners(endpoints);
  const gone = new Map(
    (facts.gonePods ?? []).flatMap((pod) => pod.addresses.map((own) => [addressKey(own), pod] as const)),
  );
  const apiServers = new Set(
    [
      splitServer(facts.apiServer).address,
      ...(endpoints.get('default/kubernetes') ?? []).map(({ address }) => address),
    ]
      .map(addressKey)
      .filter((key) => key !== ''),
  );
  const isWhole = facts.pods !== null && facts.partial?.pods === undefined && !hidesGateways(facts);
  const isClusterDns = (service: ObjectName): boolean =>
    facts.clusterDns?.service.namespace === service.namespace &&
    facts.clusterDns.service.name === service.name;

  const lookup = (address: string): AddressEntry => {
    const key = addressKey(address);
    if (key === '') return NOBODY;
    const service = services.get(key);
    if (service !== undefined)
      return {
        ...NOBODY,
        kind: isClusterDns(service) ? 'dns' : 'service',
        name: nameOfService(service),
        service,
      };
    const node = nodes.get(key);
    if (node !== undefined) return { ...NOBODY, kind: 'node', name: `node/${node}`, node };
    const pod = pods.get(key);
    if (pod !== undefined)
      return { ...NOBODY, kind: 'pod', name: `pod/${pod.name}.${pod.namespace}`, pod, node: pod.node };
    const gateway = gateways.get(key);
    if (gateway !== undefined) return gatewayOf(gateway);
    if (apiServers.has(key)) return { ...NOBODY, kind: 'api-server', name: 'api-server' };
    const left = gone.get(key);
    if (left !== undefined)
      return { ...NOBODY, kind: 'stale', name: `pod/${left.name}.${left.namespace} (gone)`, node: left.node };
    const range = ranges.find(({ cidr }) => cidrContains(cidr, address));
    if (range !== undefined && isFirstHost(range.cidr, address)) return gatewayOf(range.node);
    if (isLinkLocal(address))
      return { ...NOBODY, kind: 'link-local', name: address === '169.254.20.10' ? 'node-local DNS' : '' };
    return nobodyAt(facts, range, isWhole, owners.get(key) ?? null, services);
  };
  return {
    lookup,
    nameOf: (address) => lookup(address).name,
    serviceAt: (server) => serviceAt(server, lookup, facts.services ?? []),
    podAt: (address) => pods.get(addressKey(address)) ?? null,
    endpointsOf: (service) => endpoints.get(`${service.namespace}/${service.name}`) ?? [],
    isClusterDns,
  };
}

/** Cilium gives each node addresses of the pods' range, which are known only where it annotates its nodes. */
function hidesGateways({ nodes, pods }: Facts): boolean {
  const isCilium =
    (nodes ?? []).some(({ plugins }) => plugins.includes('cilium')) ||
    (pods ?? []).some(({ owner }) => owner === 'DaemonSet/cilium' || owner === 'DaemonSet/anetd');
  return isCilium && !(nodes ?? []).every(({ pluginAddresses }) => pluginAddresses.length > 0);
}

function gatewayOf(node: string): AddressEntry {
  return { ...NOBODY, kind: 'node-gateway', name: `node/${node} (gateway)`, node };
}

/** "svc/payments.shop". */
export function nameOfService(service: ObjectName): string {
  return `svc/${service.name}.${service.namespace}`;
}

function serviceAt(
  server: string,
  lookup: (address: string) => AddressEntry,
  services: readonly ServiceFacts[],
): ServiceFacts | null {
  const { address, port } = splitServer(server);
  const entry = lookup(address);
  if (entry.kind === 'node' && port > 0)
    return services.find((service) => service.ports.some(({ nodePort }) => nodePort === port)) ?? null;
  return entry.kind === 'stale' ? null : entry.service;
}

interface Owner extends ObjectName {
  /** Name of the pod in the slice, '' if it names none. */
  readonly podName: string;
}

/** An address that no object has: stale only where everything that could have it was read. */
function nobodyAt(
  facts: Facts,
  range: PodRange | undefined,
  isWhole: boolean,
  owner: Owner | null,
  services: ReadonlyMap<string, ServiceFacts>,
): AddressEntry {
  const podGone = owner !== null && owner.podName !== '' && covers(facts, 'pods', owner.namespace);
  const service =
    owner === null
      ? null
      : ([...services.values()].find((one) => one.namespace === owner.namespace && one.name === owner.name) ??
        null);
  const node = range?.node ?? '';
  if (podGone || (range !== undefined && isWhole)) {
    const of = owner === null ? '' : `, endpoint of ${nameOfService(owner)}`;
    return { kind: 'stale', name: `no pod (stale${of})`, pod: null, service, node };
  }
  return range === undefined ? NOBODY : { ...NOBODY, kind: 'unknown', node };
}

/** Pods that still hold their address, by address; the newest wins. Those on the host's network are the node. */
function indexPods(pods: readonly PodFacts[]): Map<string, PodFacts> {
  const index = new Map<string, PodFacts>();
  for (const pod of pods) {
    if (pod.hostNetwork || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    for (const key of pod.addresses.map(addressKey)) {
      const other = index.get(key);
      if (key !== '' && (other === undefined || other.createdAt < pod.createdAt)) index.set(key, pod);
    }
  }
  return index;
}

function indexServices(services: readonly ServiceFacts[]): Map<string, ServiceFacts> {
  const index = new Map<string, ServiceFacts>();
  for (const service of services) {
    for (const key of [...service.clusterIPs, ...service.externalIPs].map(addressKey)) {
      if (key !== '' && !index.has(key)) index.set(key, service);
    }
  }
  return index;
}

function indexNodes(nodes: readonly NodeFacts[], pods: readonly PodFacts[]): Map<string, string> {
  const index = new Map<string, string>();
  for (const pod of pods)
    if (pod.hostNetwork && pod.node !== '')
      for (const address of pod.addresses) index.set(addressKey(address), pod.node);
  for (const node of nodes) for (const address of node.addresses) index.set(addressKey(address), node.name);
  index.delete('');
  return index;
}

/** The nodes' own ends in the pods' network, as the plugins' annotations name them. */
function indexGateways(nodes: readonly NodeFacts[]): Map<string, string> {
  return new Map(
    nodes.flatMap((node) => node.pluginAddresses.map((address) => [addressKey(address), node.name] as const)),
  );
}

interface PodRange {
  readonly cidr: string;
  readonly node: string;
}

/**
 * The pods' range of each node: as the Node says, or, where it says nothing (ranges given out by the
 * CNI's own configuration), the /24 or /64 that only this node's pods use. A range with node addresses in it is
 * a flat network (AWS VPC CNI), where an address without a pod may be any machine: left out.
 */
function podRanges(nodes: readonly NodeFacts[], pods: readonly PodFacts[]): PodRange[] {
  const declared = nodes.flatMap((node) => node.podCidrs.map((cidr) => ({ cidr, node: node.name })));
  if (declared.length > 0) return declared;
  const users = new Map<string, Set<string>>();
  for (const pod of pods) {
    if (pod.hostNetwork || pod.node === '') continue;
    for (const cidr of pod.addresses.map(nodeRangeOf))
      if (cidr !== '') users.set(cidr, (users.get(cidr) ?? new Set()).add(pod.node));
  }
  const nodeAddresses = nodes.flatMap((node) => node.addresses);
  return [...users].flatMap(([cidr, on]) =>
    on.size === 1 && !nodeAddresses.some((address) => cidrContains(cidr, address))
      ? [{ cidr, node: [...on][0] ?? '' }]
      : [],
  );
}

function indexEndpoints(facts: Facts, pods: ReadonlyMap<string, PodFacts>): Map<string, EndpointAddress[]> {
  const index = new Map<string, EndpointAddress[]>();
  for (const slice of facts.endpointSlices ?? []) {
    const list = index.get(`${slice.namespace}/${slice.service}`) ?? [];
    for (const endpoint of slice.endpoints) {
      const { addresses, ready, serving, terminating, node, pod: podName, forZones, forNodes } = endpoint;
      for (const address of addresses) {
        const pod = pods.get(addressKey(address)) ?? null;
        list.push({
          address,
          slice: slice.name,
          ports: slice.ports,
          ready,
          serving,
          terminating,
          forZones,
          forNodes,
          node: node === '' ? (pod?.node ?? '') : node,
          podName,
          pod,
        });
      }
    }
    index.set(`${slice.namespace}/${slice.service}`, list);
  }
  return index;
}

function indexOwners(endpoints: ReadonlyMap<string, readonly EndpointAddress[]>): Map<string, Owner> {
  const index = new Map<string, Owner>();
  for (const [service, list] of endpoints) {
    const [namespace = '', name = ''] = service.split('/', 2);
    for (const { address, podName } of list) index.set(addressKey(address), { namespace, name, podName });
  }
  return index;
}

function isLinkLocal(address: string): boolean {
  return cidrContains('169.254.0.0/16', address) || cidrContains('fe80::/10', address);
}
