import { addressKey, cidrContains, isIPv6 } from '../cluster/address.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { ListeningSocketFacts, PodNetworkFacts } from '../cluster/pod-network-facts.ts';
import { portOn, targetsOf } from '../service/port-view.ts';
import { listed, path } from './evidence.ts';
import type { PlacedFinding, Situation } from './explainer.ts';
import type { Unknown } from './explanation.ts';
import { firstOf, isObjectName } from './paste.ts';

/** A pod to which dialled connections may come, and what is known of its sockets. */
export interface ServerPod {
  readonly pod: PodFacts;
  /** The pod's address that they come to, and the port on it. */
  readonly address: string;
  readonly port: number;
  /** null: the pod was not traced. */
  readonly network: PodNetworkFacts | null;
  readonly listening: Listening;
  /** TCP sockets on that port, those included that do not take what comes to the address. */
  readonly sockets: readonly ListeningSocketFacts[];
}

/**
 * Whether somebody takes connections to an address and port of a pod: `loopback` and `elsewhere`: only those to other
 * addresses than the dialled one; `unknown`: the sockets were not read, or not all.
 */
export type Listening = 'yes' | 'loopback' | 'elsewhere' | 'nobody' | 'unknown';

/** Pods that are named in one command. */
const MAX_TRACED = 4;

/** The pods behind what a TCP finding dialled: the one with that address, or the Service's endpoints for this client. */
export function serverPods(placed: PlacedFinding, situation: Situation): ServerPod[] {
  const { facts, directory } = situation;
  const { service, address, port, client, finding } = placed;
  if (port === 0) return [];
  if (service === null) return at(directory.podAt(address), address, port, situation);
  const view = situation.viewOf(placed);
  const servicePort = view?.port ?? null;
  if (servicePort === null) return [];
  const dialled = { address, port, protocol: finding.protocol, node: client?.node ?? '' };
  return targetsOf(facts, directory, service, dialled).flatMap((endpoint) =>
    at(endpoint.pod, endpoint.address, portOn(endpoint, servicePort), situation),
  );
}

function at(pod: PodFacts | null, address: string, port: number, { facts }: Situation): ServerPod[] {
  if (pod === null || port === 0) return [];
  const network =
    facts.podNetworks?.find(({ namespace, name }) => namespace === pod.namespace && name === pod.name) ??
    null;
  const sockets = (network?.sockets ?? []).filter((one) => one.protocol === 'TCP' && one.port === port);
  return [{ pod, address, port, network, sockets, listening: listeningOf(network, sockets, address) }];
}

function listeningOf(
  network: PodNetworkFacts | null,
  sockets: readonly ListeningSocketFacts[],
  address: string,
): Listening {
  if (sockets.some((socket) => takes(socket, address))) return 'yes';
  if (network?.sockets === undefined || network.sockets === null || !network.areSocketsWhole)
    return 'unknown';
  if (sockets.length === 0) return 'nobody';
  return sockets.every(isOnLoopback) ? 'loopback' : 'elsewhere';
}

/** Whether the socket takes what comes to the address; "::" takes IPv4 as well unless a program forbids it. */
function takes(socket: ListeningSocketFacts, address: string): boolean {
  const own = socket.address.replace(/^::ffff:(?=\d)/, '');
  if (own === '::') return true;
  return own === '0.0.0.0' ? !isIPv6(address) : addressKey(own) === addressKey(address);
}

/** Whether only the pod itself reaches the socket. */
export function isOnLoopback({ address }: ListeningSocketFacts): boolean {
  const own = address.replace(/^::ffff:(?=\d)/, '');
  return cidrContains('127.0.0.0/8', own) || cidrContains('::1/128', own);
}

/** TCP ports of a pod that others reach, ascending, each once. */
export function openPorts({ network }: ServerPod): number[] {
  const ports = (network?.sockets ?? []).flatMap((socket) =>
    socket.protocol === 'TCP' && !isOnLoopback(socket) ? [socket.port] : [],
  );
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

/** "0.0.0.0:8080", "[::1]:8080". */
export function socketText({ address, port }: ListeningSocketFacts): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What the sockets of a pod say on whose port nobody listens. */
export function nobodyEvidence(server: ServerPod): string {
  const open = openPorts(server);
  const has =
    open.length === 0 ? 'no TCP socket that others reach' : `TCP sockets on ${listed(open.map(String))}`;
  return `sockets of pod ${path(server.pod)} at the end of the capture: nobody on port ${server.port}, ${has}`;
}

/** What was not read of the pods' sockets, and the trace that reads it. */
export function unreadSockets(servers: readonly ServerPod[], situation: Situation): Unknown[] {
  const unread = servers.filter(({ listening }) => listening === 'unknown');
  return unread.slice(0, MAX_TRACED).map(({ pod, port, network }) => ({
    what: `on which addresses programs in pod ${path(pod)} listen on port ${port}`,
    why:
      network === null
        ? 'the pod was not traced, and only the sockets of traced pods are read'
        : network.problem || 'it has more sockets than are read',
    next: firstOf(
      traceWith(
        unread.map((one) => one.pod),
        situation,
      ),
      'kubectl netdebug explain nobody-listens',
    ),
  }));
}

/** The same trace with further pods; '' if a name does not fit into a command. */
export function traceWith(pods: readonly PodFacts[], { facts }: Situation): string {
  const [first] = facts.targets;
  const all = [
    ...facts.targets,
    ...pods.filter((pod) => !facts.targets.some((one) => path(one) === path(pod))),
  ];
  const named = all.slice(0, MAX_TRACED);
  if (
    first === undefined ||
    !named.every(({ namespace, name }) => isObjectName(namespace) && isObjectName(name))
  )
    return '';
  const words = named.map(({ namespace, name }) =>
    namespace === first.namespace ? `pod/${name}` : `${namespace}/pod/${name}`,
  );
  return `kubectl netdebug trace ${words.join(' ')} -n ${first.namespace}`;
}

/** A reset whose time to live differs from the host's other packets by two hops or more comes from something between. */
export function isForeignReset({ finding }: PlacedFinding): boolean {
  const { refusalTtl = 0, hostTtl = 0 } = finding.details;
  return refusalTtl > 0 && hostTtl > 0 && Math.abs(refusalTtl - hostTtl) >= 2;
}
