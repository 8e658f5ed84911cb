import { addressKey, isIPv6 } from '../cluster/address.ts';
import type { Directory } from '../cluster/directory.ts';
import type { Facts, ObjectName, PodFacts, ServiceFacts, ServicePortFacts } from '../cluster/facts.ts';
import { askedService } from '../explain/asked-service.ts';
import { findPort, portOn } from '../service/port-view.ts';

/** Who asks: a pod, or an address of no pod that was read (then nothing can be sent from it). */
export interface CheckClient {
  /** "pod/shop/client", or the address. */
  readonly text: string;
  readonly pod: PodFacts | null;
  readonly address: string;
}

/** Whom, as the user named it; one of the first four is set. */
export interface CheckServer {
  readonly text: string;
  readonly service: ObjectName | null;
  /** Pods by their names: one, or those of a workload. */
  readonly pods: readonly ObjectName[] | null;
  /** A DNS name. */
  readonly name: string | null;
  readonly addresses: readonly string[] | null;
  readonly port: number | null;
  /** "TCP", "UDP", "SCTP"; null: as the Service says, else TCP. */
  readonly protocol: string | null;
  /** The whole URL, if one was given. */
  readonly url: string | null;
}

/** Where what is sent goes, as far as the facts say. */
export interface Route {
  readonly client: CheckClient;
  readonly server: CheckServer;
  /** The name that is looked up; '': none is. */
  readonly name: string;
  /** The Service that is dialled; null: none, or it does not exist. */
  readonly service: ServiceFacts | null;
  readonly servicePort: ServicePortFacts | null;
  /** The Service that is meant, whether it exists or not. */
  readonly wantedService: ObjectName | null;
  /** The name belongs to no Service of the cluster. */
  readonly isExternal: boolean;
  readonly port: number;
  readonly protocol: string;
  /** Addresses that are dialled, each on `port`: of the Service, or of what stands behind it if it has none. */
  readonly dials: readonly Dial[];
}

export interface Dial {
  readonly address: string;
  readonly port: number;
}

/** Addresses that are dialled; more say no more. */
const MAX_DIALS = 50;

/** Places both ends in the facts. `resolved`: addresses that the name has by a look-up inside FROM. */
export function openRoute(
  client: CheckClient,
  server: CheckServer,
  facts: Facts,
  directory: Directory,
  resolved: readonly string[] = [],
): Route {
  const wanted = server.service ?? serviceOfName(server.name, client, facts);
  const dialled = server.addresses?.[0];
  const service =
    wanted === null
      ? dialled === undefined
        ? null
        : (directory.lookup(dialled).service ?? null)
      : (facts.services?.find(
          ({ namespace, name }) => namespace === wanted.namespace && name === wanted.name,
        ) ?? null);
  const port = server.port ?? service?.ports[0]?.port ?? portOfPods(server.pods, facts);
  const protocol = server.protocol ?? protocolOf(service, port);
  const servicePort = service === null ? null : findPort(service, port, protocol);
  const base = {
    client,
    server,
    name: server.name ?? (wanted === null ? '' : `${wanted.name}.${wanted.namespace}`),
    service,
    servicePort,
    wantedService: wanted,
    isExternal: server.name !== null && wanted === null,
    port,
    protocol,
  };
  return { ...base, dials: dialsOf(base, facts, directory, resolved).slice(0, MAX_DIALS) };
}

function serviceOfName(name: string | null, client: CheckClient, facts: Facts): ObjectName | null {
  if (name === null) return null;
  const walk = { name, candidates: [], types: [], queries: 0, nxdomain: 0 };
  const asked = askedService(walk, client.pod?.namespace ?? '', facts);
  return asked === null ? null : { namespace: asked.namespace, name: asked.service };
}

/** The first port that a container of the pods declares; 0: none. */
function portOfPods(pods: readonly ObjectName[] | null, facts: Facts): number {
  return (pods ?? []).flatMap((one) => podNamed(one, facts)?.containerPorts ?? [])[0]?.port ?? 0;
}

/** A pod of the facts by its name. */
export function podNamed(name: ObjectName, facts: Facts): PodFacts | null {
  return facts.pods?.find((pod) => pod.namespace === name.namespace && pod.name === name.name) ?? null;
}

function protocolOf(service: ServiceFacts | null, port: number): string {
  return service?.ports.find((own) => own.port === port)?.protocol ?? 'TCP';
}

function dialsOf(
  { client, server, service, servicePort, port }: Omit<Route, 'dials'>,
  facts: Facts,
  directory: Directory,
  resolved: readonly string[],
): Dial[] {
  if (server.addresses !== null) return server.addresses.map((address) => ({ address, port }));
  if (server.pods !== null)
    return server.pods.flatMap((one) =>
      ofFamily(podNamed(one, facts)?.addresses ?? [], client)
        .slice(0, 1)
        .map((address) => ({ address, port })),
    );
  if (service === null || service.type === 'ExternalName')
    return ofPod(resolved, client).map((address) => ({ address, port }));
  const own = ofFamily(
    service.clusterIPs.filter((address) => addressKey(address) !== ''),
    client,
  ).slice(0, 1);
  if (own.length > 0) return own.map((address) => ({ address, port }));
  // Without an address of its own (headless), the name leads to the endpoints and their ports.
  return directory
    .endpointsOf(service)
    .filter(({ ready }) => ready || service.publishNotReadyAddresses)
    .map((endpoint) => ({
      address: endpoint.address,
      port: server.port ?? (servicePort === null ? 0 : portOn(endpoint, servicePort)),
    }));
}

/** Those of the client's family, or all where it has none of them. */
function ofFamily(addresses: readonly string[], { address }: CheckClient): readonly string[] {
  const same = addresses.filter((one) => isIPv6(one) === isIPv6(address));
  return address === '' || same.length === 0 ? addresses : same;
}

/** Those of a family that the pod has an address of, as programs dial them (RFC 6724 §5, rule 1), or all where it has none. */
function ofPod(addresses: readonly string[], { pod }: CheckClient): readonly string[] {
  const families = new Set(pod?.addresses.map(isIPv6));
  const own = addresses.filter((one) => families.has(isIPv6(one)));
  return own.length === 0 ? addresses : own;
}

/** "10.96.3.4:80", "[fd00::1]:80". */
export function dialText({ address, port }: Dial): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
