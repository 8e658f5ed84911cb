import { addressKey, cidrContains, isIPv6 } from '../cluster/address.ts';
import type {
  CounterFacts,
  NodeInterfaceFacts,
  NodeNetworkFacts,
  NodeRouteFacts,
} from '../cluster/node-network-facts.ts';
import { compareText } from '../cluster/raw.ts';
import type { Situation } from './explainer.ts';
import type { Unknown } from './explanation.ts';
import { command, firstOf } from './paste.ts';

/** Of rp_filter: a packet must come by the interface to which its sender is routed (RFC 3704, "strict"). */
const STRICT = 1;

/** What a look into the node showed; null: it was not looked into, or could not be. */
export function networkOf(node: string, { facts }: Situation): NodeNetworkFacts | null {
  return facts.nodeNetworks?.find((one) => one.node === node) ?? null;
}

/** Every node that was looked into, by name. */
export function networksOf({ facts }: Situation): NodeNetworkFacts[] {
  return (facts.nodeNetworks ?? []).toSorted((a, b) => compareText(a.node, b.node));
}

/** The route by which the node sends to the address: that of the longest prefix; null: none is known. */
export function routeTo({ routes }: NodeNetworkFacts, address: string): NodeRouteFacts | null {
  const length = ({ destination }: NodeRouteFacts): number =>
    Number(destination.slice(destination.indexOf('/') + 1));
  return (routes ?? [])
    .filter(({ destination }) => cidrContains(destination, address))
    .reduce<NodeRouteFacts | null>(
      (best, one) => (best === null || length(one) > length(best) ? one : best),
      null,
    );
}

/** The interface of that name. */
export function interfaceOf({ interfaces }: NodeNetworkFacts, name: string): NodeInterfaceFacts | null {
  return (interfaces ?? []).find((one) => one.name === name) ?? null;
}

/**
 * Whether the node forwards packets of the address; null: not known. For IPv4 the setting of the interface counts by which
 * they come, that to which the address is routed; for IPv6 that of the whole node (Linux, ip-sysctl).
 */
export function forwardsFor(network: NodeNetworkFacts, address: string): boolean | null {
  const setting = isIPv6(address) ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward';
  const whole = network.sysctls[setting] ?? null;
  const isOn = whole === null ? null : whole !== 0;
  if (isOn === false || isIPv6(address)) return isOn;
  return interfaceOf(network, routeTo(network, address)?.device ?? '')?.forwardsIPv4 ?? isOn;
}

/** The interface by which packets come that are sent to the router's address: that on whose own network it is. */
export function arrivalAt(network: NodeNetworkFacts, router: string): NodeInterfaceFacts | null {
  const route = routeTo(network, router);
  return route === null || route.via !== '' || addressKey(router) === ''
    ? null
    : interfaceOf(network, route.device);
}

/** Whether packets that come by the interface are checked strictly: the higher of both values counts (Linux). */
export function isStrict(network: NodeNetworkFacts, { rpFilter }: NodeInterfaceFacts): boolean {
  const all = network.sysctls['net.ipv4.conf.all.rp_filter'] ?? null;
  return rpFilter !== null && all !== null && Math.max(rpFilter, all) === STRICT;
}

/** A counter of the node; null: not known. */
export function counterOf({ counters }: NodeNetworkFacts, name: string): CounterFacts | null {
  return counters !== null && Object.hasOwn(counters, name) ? (counters[name] ?? null) : null;
}

/** "TcpExtIPReversePathFilter of node node1 grew by 12 in 4 s, while its counters were read". */
export function grewText(
  { node, windowMs }: NodeNetworkFacts,
  name: string,
  { grew, total }: CounterFacts,
): string {
  return grew > 0
    ? `${name} of node ${node} grew by ${grew} to ${total} within ${windowMs / 1000} s after the capture`
    : `${name} of node ${node} is ${total}`;
}

/** "node node1 was looked into at 2026-…". */
export function readAtText({ node, readAt }: NodeNetworkFacts): string {
  return `node ${node} was looked into at ${readAt}, after the packets`;
}

/** What a look into the node would decide, and the command that takes it. */
export function notLookedInto(what: string, node: string, situation: Situation): Unknown {
  const { facts } = situation;
  const wasTried = facts.nodeNetworks !== undefined;
  return {
    what: `${what} of node ${node}`,
    why: wasTried
      ? 'the node could not be looked into'
      : 'the node was not looked into; what the pod sees is its own network’s',
    next: readNode(situation),
  };
}

/** The same trace with a look into the nodes. */
export function readNode({ facts }: Situation): string {
  const [target] = facts.targets;
  return firstOf(
    target === undefined
      ? ''
      : command(
          [target.namespace, target.name],
          `kubectl netdebug trace pod/${target.name} -n ${target.namespace} --read-node`,
        ),
    'kubectl netdebug trace TARGET --read-node',
  );
}
