import { addressKey, isIPv6 } from '../cluster/address.ts';
import type { Directory, EndpointAddress } from '../cluster/directory.ts';
import type { Facts, PodFacts, ServiceFacts, ServicePortFacts } from '../cluster/facts.ts';
import { covers, selectorMatches } from '../cluster/labels.ts';
import { chooseEndpoints, choosingNode, inService, proxyRulesOf } from './endpoint-choice.ts';
import { nearMisses, type NearMiss } from './near-miss.ts';
import { resolveTargetPort } from './target-port.ts';

/**
 * Why a Service's port has nowhere to send to, or that it has:
 * - `usable`: kube-proxy has endpoints for it; also where that cannot be excluded.
 * - `no-local-endpoint`: there are some, none of them on the client's node, and internalTrafficPolicy is Local.
 * - `external-name`: a name only, no endpoints are expected.
 * - `by-hand`: no selector, and the slices that someone has to fill are empty.
 * - `near-miss`: the selector matches no pod, but nearly.
 * - `no-pod`: the selector matches no pod and none is near; also when the pods could not be read.
 * - `port-name-missing`: targetPort is a name that no container of the selected pods declares.
 * - `not-ready`: there are pods or endpoints, none is ready.
 * - `unknown`: too little could be read.
 */
export type ServiceState =
  | 'usable'
  | 'no-local-endpoint'
  | 'external-name'
  | 'by-hand'
  | 'near-miss'
  | 'no-pod'
  | 'port-name-missing'
  | 'not-ready'
  | 'unknown';

export interface ServiceView {
  readonly service: ServiceFacts;
  /** null: the Service has no such port. */
  readonly port: ServicePortFacts | null;
  readonly state: ServiceState;
  /** Whether the EndpointSlices themselves say so; otherwise it follows from pods and selector. */
  readonly sure: boolean;
  /** Endpoints of the dialled family. */
  readonly endpoints: readonly EndpointAddress[];
  /** Those that kube-proxy sends to: ready, or where none is ready, serving although terminating (since 1.26). */
  readonly usable: readonly EndpointAddress[];
  /** Pods that the selector selects and that have not ended; not looked up where there are usable endpoints. */
  readonly pods: readonly PodFacts[];
  readonly near: readonly NearMiss[];
}

/** Judges one port of a Service as it was dialled. */
export function viewService(
  facts: Facts,
  directory: Directory,
  service: ServiceFacts,
  dialled: DialledPort,
): ServiceView {
  const port = findPort(service, dialled.port, dialled.protocol);
  const endpoints = endpointsAt(directory, service, dialled.address);
  const usable = inService(withPort(port, endpoints), proxyRulesOf(facts.serverVersion));
  const sure = covers(facts, 'endpointSlices', service.namespace);
  const view = { service, port, sure, endpoints, usable, pods: [], near: [] };
  if (service.type === 'ExternalName') return { ...view, state: 'external-name' };
  // Before the pods are looked through, which takes long in a large cluster.
  if (usable.length > 0)
    return { ...view, state: isServedFrom(view, dialled) ? 'usable' : 'no-local-endpoint' };
  return withoutEndpoints(facts, { ...view, pods: selectedPods(facts, service) });
}

/** Not where only the client's node serves and has none; where the node of an endpoint is not known, it may be there. */
function isServedFrom(
  { service, usable }: Omit<ServiceView, 'state'>,
  { address, node }: DialledPort,
): boolean {
  return (
    node === '' ||
    !isLocalOnly(service, address) ||
    usable.some((endpoint) => endpoint.node === node || endpoint.node === '')
  );
}

/** What was dialled on a Service, and on which node that is decided ('' if it is not known). */
export interface DialledPort {
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  readonly node: string;
}

/**
 * The endpoints that a client on the node is sent to. Under internalTrafficPolicy Local only those on its node; a pod
 * that dials an external address is led past the external policy. Where the node is not known, all that may be.
 */
export function targetsOf(
  facts: Facts,
  directory: Directory,
  service: ServiceFacts,
  dialled: DialledPort,
): readonly EndpointAddress[] {
  const port = findPort(service, dialled.port, dialled.protocol);
  const endpoints = withPort(port, endpointsAt(directory, service, dialled.address));
  const rules = proxyRulesOf(facts.serverVersion);
  if (dialled.node === '') return inService(endpoints, rules);
  const choice = chooseEndpoints(service, endpoints, choosingNode(dialled.node, facts.nodes), rules);
  return isLocalOnly(service, dialled.address) ? (choice.local ?? []) : (choice.cluster ?? []);
}

/** Whether only the client's own node serves the address. */
function isLocalOnly({ internalTrafficPolicy, clusterIPs }: ServiceFacts, address: string): boolean {
  const own = addressKey(address);
  return internalTrafficPolicy === 'Local' && clusterIPs.some((one) => addressKey(one) === own);
}

/** Number of a Service port on an endpoint, as the slices have it; 0 if the endpoint does not serve the port. */
export function portOn(endpoint: EndpointAddress, { name, protocol }: ServicePortFacts): number {
  return endpoint.ports.find((own) => own.name === name && own.protocol === protocol)?.port ?? 0;
}

/** Pods that a Service's selector selects and that have not ended. */
export function selectedPods(facts: Facts, service: ServiceFacts): PodFacts[] {
  const selector = service.selector;
  if (selector === null) return [];
  return (facts.pods ?? []).filter(
    (pod) =>
      pod.namespace === service.namespace &&
      pod.phase !== 'Succeeded' &&
      pod.phase !== 'Failed' &&
      selectorMatches(selector, pod.labels),
  );
}

function endpointsAt(directory: Directory, service: ServiceFacts, address: string): EndpointAddress[] {
  return directory.endpointsOf(service).filter((endpoint) => isIPv6(endpoint.address) === isIPv6(address));
}

function withoutEndpoints(facts: Facts, view: Omit<ServiceView, 'state'>): ServiceView {
  const { service, sure, pods, port } = view;
  if (!sure && (!covers(facts, 'pods', service.namespace) || service.selector === null))
    return { ...view, state: 'unknown' };
  if (service.selector === null) return { ...view, state: 'by-hand' };
  if (pods.length === 0) return withoutPods(facts, view);
  if (!sure && pods.some(({ ready }) => ready)) return { ...view, state: 'usable' };
  return { ...view, state: namesMissingPort(port, pods) ? 'port-name-missing' : 'not-ready' };
}

/** The port of that number and protocol; node ports count. A number under another protocol is better than nothing. */
export function findPort(service: ServiceFacts, number: number, protocol: string): ServicePortFacts | null {
  const numbered = service.ports.filter(
    (port) => port.port === number || (port.nodePort !== 0 && port.nodePort === number),
  );
  return numbered.find((port) => port.protocol === protocol) ?? numbered[0] ?? null;
}

function withoutPods(facts: Facts, view: Omit<ServiceView, 'state'>): ServiceView {
  if (view.endpoints.length > 0) return { ...view, state: 'not-ready' };
  if (!covers(facts, 'pods', view.service.namespace)) return { ...view, state: 'no-pod' };
  const near = nearMisses(view.service, facts);
  return { ...view, near, state: near.length > 0 ? 'near-miss' : 'no-pod' };
}

/** Endpoints whose slice has the port; all of them where the Service has no such port. */
function withPort(
  port: ServicePortFacts | null,
  endpoints: readonly EndpointAddress[],
): readonly EndpointAddress[] {
  return port === null ? endpoints : endpoints.filter((endpoint) => portOn(endpoint, port) > 0);
}

function namesMissingPort(port: ServicePortFacts | null, pods: readonly PodFacts[]): boolean {
  return port !== null && pods.every((pod) => resolveTargetPort(pod, port) === null);
}
