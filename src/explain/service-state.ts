import { isIPv6 } from '../cluster/address.ts';
import type { Directory, EndpointAddress } from '../cluster/directory.ts';
import type { Facts, PodFacts, ServiceFacts, ServicePortFacts } from '../cluster/facts.ts';
import { covers, selectorMatches } from '../cluster/labels.ts';
import { nearMisses, type NearMiss } from './near-miss.ts';

/**
 * Why a Service's port has nowhere to send to, or that it has:
 * - `usable`: kube-proxy has endpoints for it; also where that cannot be excluded.
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

/** Judges one port of a Service as dialled at `address`. */
export function viewService(
  facts: Facts,
  directory: Directory,
  service: ServiceFacts,
  address: string,
  portNumber: number,
  protocol: string,
): ServiceView {
  const port = findPort(service, portNumber, protocol);
  const endpoints = endpointsAt(directory, service, address);
  const usable = usableFor(port, endpoints);
  const sure = covers(facts, 'endpointSlices', service.namespace);
  const view = { service, port, sure, endpoints, usable, pods: [], near: [] };
  if (service.type === 'ExternalName') return { ...view, state: 'external-name' };
  // Before the pods are looked through, which takes long in a large cluster.
  if (usable.length > 0) return { ...view, state: 'usable' };
  return withoutEndpoints(facts, { ...view, pods: selectedPods(facts, service) });
}

/** The endpoints of a Service port that kube-proxy sends to, as dialled at `address`. */
export function usableEndpoints(
  directory: Directory,
  service: ServiceFacts,
  address: string,
  portNumber: number,
  protocol: string,
): EndpointAddress[] {
  return usableFor(findPort(service, portNumber, protocol), endpointsAt(directory, service, address));
}

/** Address and port number on each endpoint that a client on `node` is sent to. */
export function targetsOf(
  directory: Directory,
  service: ServiceFacts,
  address: string,
  portNumber: number,
  protocol: string,
  node: string,
): { readonly address: string; readonly port: number }[] {
  const port = findPort(service, portNumber, protocol);
  if (port === null) return [];
  return usableFor(port, endpointsAt(directory, service, address))
    .filter((endpoint) => service.internalTrafficPolicy !== 'Local' || node === '' || endpoint.node === node)
    .flatMap((endpoint) =>
      endpoint.ports
        .filter((own) => own.name === port.name && own.protocol === port.protocol)
        .map((own) => ({ address: endpoint.address, port: own.port })),
    );
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
function findPort(service: ServiceFacts, number: number, protocol: string): ServicePortFacts | null {
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

function usableFor(port: ServicePortFacts | null, endpoints: readonly EndpointAddress[]): EndpointAddress[] {
  const serving = endpoints.filter(
    (endpoint) =>
      port === null ||
      endpoint.ports.some(({ name, protocol }) => name === port.name && protocol === port.protocol),
  );
  const ready = serving.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : serving.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

/** Kubernetes' FindPort: a name must be declared by a container, under the same protocol; a number needs no declaration. */
function namesMissingPort(port: ServicePortFacts | null, pods: readonly PodFacts[]): boolean {
  if (port === null || typeof port.targetPort === 'number') return false;
  return !pods.some((pod) =>
    pod.containerPorts.some(({ name, protocol }) => name === port.targetPort && protocol === port.protocol),
  );
}
