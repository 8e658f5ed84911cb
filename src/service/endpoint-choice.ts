import { valueOf } from '../cluster/labels.ts';
import type { EndpointAddress } from '../cluster/directory.ts';
import type { NodeFacts, ServiceFacts } from '../cluster/facts.ts';

/** The node whose kube-proxy chooses: that of the client, or the one that traffic from outside arrives at. */
export interface ChoosingNode {
  readonly name: string;
  /** Label topology.kubernetes.io/zone; '' without one. */
  readonly zone: string;
}

/** What changed between versions of kube-proxy. */
export interface ProxyRules {
  /** Terminating endpoints that still serve are used where none is ready (since 1.26). */
  readonly usesTerminating: boolean;
  /** Hints count only with the annotation topology-mode (until 1.30). */
  readonly hintsNeedMode: boolean;
}

/** Endpoints by the traffic that may be sent to them; null: the Service has no such traffic. */
export interface EndpointChoice {
  /** For traffic under policy Cluster. */
  readonly cluster: readonly EndpointAddress[] | null;
  /** For traffic under policy Local: those on the choosing node. */
  readonly local: readonly EndpointAddress[] | null;
  /** Both, in the order of the slices. */
  readonly all: readonly EndpointAddress[];
  /** Whether any node has an endpoint: if so, what finds none is dropped, else rejected. */
  readonly hasAny: boolean;
}

/** The rules of kube-proxy of the API server's version ("v1.34.4"); those of today if it is not known. */
export function proxyRulesOf(serverVersion: string): ProxyRules {
  const [, major, minor = '0'] = /^v?(\d+)\.(\d+)/.exec(serverVersion) ?? [];
  const version = major === '1' ? Number(minor) : Infinity;
  return { usesTerminating: version >= 26, hintsNeedMode: version <= 30 };
}

/** A node as kube-proxy on it sees itself; its zone is '' if the nodes could not be read. */
export function choosingNode(name: string, nodes: readonly NodeFacts[] | null): ChoosingNode {
  const labels = nodes?.find((node) => node.name === name)?.labels ?? {};
  return { name, zone: valueOf(labels, 'topology.kubernetes.io/zone') ?? '' };
}

/**
 * Sorts the endpoints of one Service port as kube-proxy does (pkg/proxy/topology.go): those of policy Cluster by the
 * hints, those of policy Local by the node; ready ones, or where none is ready, terminating ones that still serve.
 */
export function chooseEndpoints(
  service: ServiceFacts,
  endpoints: readonly EndpointAddress[],
  node: ChoosingNode,
  rules: ProxyRules,
): EndpointChoice {
  const usable = inService(endpoints, rules);
  const cluster = usesCluster(service) ? nearest(service, usable, node, rules) : null;
  const onNode = endpoints.filter((endpoint) => node.name !== '' && endpoint.node === node.name);
  const local = usesLocal(service) ? inService(onNode, rules) : null;
  return {
    cluster,
    local,
    all: endpoints.filter(
      (endpoint) => cluster?.includes(endpoint) === true || local?.includes(endpoint) === true,
    ),
    hasAny: usable.length > 0,
  };
}

/** Ready ones, or where none is ready, terminating ones that still serve. */
export function inService(
  endpoints: readonly EndpointAddress[],
  { usesTerminating }: ProxyRules,
): readonly EndpointAddress[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  if (ready.length > 0 || !usesTerminating) return ready;
  return endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

/** Whether anything from outside the cluster can reach it: only then its external policy counts. */
function isExternal({ type, externalIPs }: ServiceFacts): boolean {
  return type === 'NodePort' || type === 'LoadBalancer' || externalIPs.length > 0;
}

/** With an external policy Local as well, for pods that dial the external address are led past it. */
function usesCluster(service: ServiceFacts): boolean {
  return service.internalTrafficPolicy !== 'Local' || isExternal(service);
}

function usesLocal(service: ServiceFacts): boolean {
  return (
    service.internalTrafficPolicy === 'Local' ||
    (isExternal(service) && service.externalTrafficPolicy === 'Local')
  );
}

/** Hints are followed only if every ready endpoint has some and one of them is for this node or its zone. */
function nearest(
  { topologyMode }: ServiceFacts,
  usable: readonly EndpointAddress[],
  { name, zone }: ChoosingNode,
  { hintsNeedMode }: ProxyRules,
): readonly EndpointAddress[] {
  if (!usable.some(({ ready }) => ready)) return usable;
  if (hintsNeedMode && topologyMode !== 'Auto' && topologyMode !== 'auto') return usable;
  const onNode = usable.filter(({ forNodes }) => forNodes.includes(name));
  if (onNode.length > 0 && usable.every(({ forNodes }) => forNodes.length > 0)) return onNode;
  const inZone = usable.filter(({ forZones }) => zone !== '' && forZones.includes(zone));
  return inZone.length > 0 && usable.every(({ forZones }) => forZones.length > 0) ? inZone : usable;
}
