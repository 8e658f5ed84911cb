import type { KubeApi } from '../kube/kube-api.ts';
import { addressKey } from './address.ts';
import { readClusterDns } from './cluster-dns.ts';
import { readDnsServer } from './dns-server.ts';
import { readEndpointSlices } from './endpoint-slices.ts';
import { readEvents } from './events.ts';
import type {
  FactList,
  Facts,
  ObjectName,
  PodFacts,
  ResolverFacts,
  ServiceFacts,
  Unreadable,
} from './facts.ts';
import { readNamespaces } from './namespaces.ts';
import { readNetworkPolicies } from './network-policies.ts';
import { readNodes } from './nodes.ts';
import { readOtherPolicies } from './other-policies.ts';
import { readPods } from './pods.ts';
import { asObject, asText, compareObjects } from './raw.ts';
import { readObject, wordsOf, type ListRead } from './read-list.ts';
import { readRoutes } from './routes.ts';
import { readServices } from './services.ts';

/** Parts of the cluster that only some findings are about. */
export type FactTopic = 'dns-server' | 'routes';

/** What to collect for. */
export interface FactsRequest {
  /** The pods that were traced. */
  readonly targets: readonly ObjectName[];
  /** Further namespaces that are read where the whole cluster may not be. */
  readonly namespaces?: readonly string[];
  /** The traced pod's resolver; null if it could not be read, then `resolverProblem` says why. */
  readonly resolver: ResolverFacts | null;
  readonly resolverProblem?: string;
  /**
   * Addresses that the captures showed: whose Services' namespaces are worth reading events in. A promise
   * is awaited after everything else was read.
   */
  readonly addresses?: readonly string[] | Promise<readonly string[]>;
  /** What else is worth reading: of the DNS server, of Ingresses and Gateways. By default neither. */
  readonly topics?: readonly FactTopic[] | Promise<readonly FactTopic[]>;
  /** The clock; for tests. */
  readonly now?: () => Date;
}

/**
 * Collects what explanations need, all kinds at once. A kind that cannot be read is `null` (or
 * partial) and stands in `unreadable` with the server's words; nothing here throws for one kind.
 */
export async function collectFacts(api: KubeApi, request: FactsRequest): Promise<Facts> {
  const namespaces = [
    ...new Set([
      ...request.targets.map((target) => target.namespace),
      ...(request.namespaces ?? []),
      'kube-system',
    ]),
  ].toSorted();
  const slicesRead = readEndpointSlices(api, namespaces);
  const [version, nodes, pods, services, slices, spaces, policies, others] = await Promise.all([
    readObject(api, '/version'),
    readNodes(api),
    // Behind the endpoints: of a pod that starts in between, the address would be one that no pod has.
    slicesRead.then(async () => await readPods(api, namespaces, request.targets)),
    readServices(api, namespaces),
    slicesRead,
    readNamespaces(api),
    readNetworkPolicies(api, namespaces),
    readOtherPolicies(api),
  ]);
  const eventNamespaces = new Set([
    ...namespaces,
    ...namespacesSeen(services.items ?? [], (await request.addresses) ?? []),
  ]);
  const [events, dns] = await Promise.all([
    readEvents(
      api,
      (pods.items ?? []).filter((pod: PodFacts) => eventNamespaces.has(pod.namespace)),
    ),
    readClusterDns(api, services.items, request.resolver),
  ]);
  const topics = (await request.topics) ?? [];
  const [dnsServer, routes] = await Promise.all([
    topics.includes('dns-server')
      ? readDnsServer(api, { ...dns, services: services.items, pods: pods.items })
      : undefined,
    topics.includes('routes') ? readRoutes(api) : undefined,
  ]);
  const partial = partialLists({ pods, services, endpointSlices: slices, networkPolicies: policies });
  return {
    factsVersion: 1,
    collectedAt: (request.now?.() ?? new Date()).toISOString(),
    serverVersion: 'object' in version ? asText(asObject(version.object)['gitVersion']) : '',
    apiServer: hostOf(api.server),
    targets: request.targets.toSorted(compareObjects),
    nodes: nodes.nodes,
    pods: pods.items,
    services: services.items,
    endpointSlices: slices.items,
    namespaces: spaces.namespaces,
    networkPolicies: policies.items,
    adminPolicies: others.adminPolicies,
    otherPolicyKinds: others.kinds,
    ...(others.peerAuthentications === undefined ? {} : { peerAuthentications: others.peerAuthentications }),
    events: events.events,
    resolver: request.resolver,
    clusterDns: dns.clusterDns,
    ...(dnsServer === undefined ? {} : { dnsServer: dnsServer.dnsServer }),
    ...(routes === undefined ? {} : { routes: routes.routes }),
    unreadable: [
      ...('error' in version
        ? [{ what: 'version of the API server', why: wordsOf(version.error), fix: '' }]
        : []),
      ...[nodes, pods, services, slices, spaces, policies, others, events, dns, dnsServer, routes].flatMap(
        (read): readonly Unreadable[] => read?.unreadable ?? [],
      ),
      ...resolverGap(request),
    ],
    ...(Object.keys(partial).length > 0 ? { partial } : {}),
  };
}

function partialLists(
  reads: Readonly<Record<FactList, ListRead<unknown>>>,
): Partial<Record<FactList, readonly string[]>> {
  const entries = Object.entries(reads).filter(([, read]) => read.items !== null && read.namespaces !== null);
  return Object.fromEntries(entries.map(([list, read]) => [list, read.namespaces ?? []]));
}

function namespacesSeen(services: readonly ServiceFacts[], addresses: readonly string[]): string[] {
  const seen = new Set(addresses.map(addressKey).filter((key) => key !== ''));
  return services
    .filter((service) =>
      [...service.clusterIPs, ...service.externalIPs].some((address) => seen.has(addressKey(address))),
    )
    .map((service) => service.namespace);
}

function resolverGap(request: FactsRequest): Unreadable[] {
  if (request.resolver !== null) return [];
  return [{ what: "the pod's /etc/resolv.conf", why: request.resolverProblem ?? 'it was not read', fix: '' }];
}

function hostOf(server: string): string {
  return URL.parse(server)?.host ?? server;
}
