import type { Facts } from '../cluster/facts.ts';
import type { ConversationGroup, MeshLeg, OnwardLeg, ProxyLeg } from '../conversations/conversation.ts';

/** What is known of the place of a capture. */
interface Place {
  readonly node: string;
  readonly addresses: readonly string[];
}

/** From here Istio's proxy opens the connection to the application that it took from outside (InboundPassthroughBindIpv4). */
const ISTIO_INBOUND = '127.0.0.6';

/**
 * Pairs what the proxies of a mesh took over with the connections that they opened instead: outbound to
 * whom the application dialled, or to an endpoint of that Service; inbound from the loopback address
 * that Istio's proxy uses. Captures belong together if they were taken in the same pod.
 */
export function pairMeshLegs(
  legs: readonly ProxyLeg[],
  groups: readonly ConversationGroup[],
  places: readonly Place[],
  facts: Facts | null,
): MeshLeg[] {
  const inSamePod = (one: number, other: number): boolean =>
    one !== other && sharesAddress(places[one], places[other]);
  const outbound = legs.map((leg): MeshLeg => {
    const servers = new Set([leg.server, ...endpointsOf(leg.server, facts)]);
    const onward = groups.filter(
      (group) =>
        group.protocol === 'TCP' &&
        inSamePod(leg.capture, group.capture) &&
        (places[group.capture]?.addresses ?? []).includes(group.client) &&
        servers.has(group.server),
    );
    return { ...leg, direction: 'outbound', onward: onward.map(onwardOf) };
  });
  return [...outbound, ...inboundLegs(groups, places, inSamePod)];
}

function inboundLegs(
  groups: readonly ConversationGroup[],
  places: readonly Place[],
  inSamePod: (one: number, other: number) => boolean,
): MeshLeg[] {
  const passed = groups.filter(({ client, protocol }) => client === ISTIO_INBOUND && protocol === 'TCP');
  const taken = groups.filter(
    (group) =>
      group.protocol === 'TCP' &&
      (places[group.capture]?.addresses ?? []).includes(group.serverAddress) &&
      passed.some(
        (other) => other.serverPort === group.serverPort && inSamePod(group.capture, other.capture),
      ),
  );
  return taken.map((group): MeshLeg => ({
    capture: group.capture,
    client: group.client,
    proxy: ISTIO_INBOUND,
    mesh: 'Istio',
    server: group.server,
    connections: group.conversations,
    firstSeen: group.firstSeen,
    lastSeen: group.lastSeen,
    direction: 'inbound',
    onward: passed
      .filter((other) => other.serverPort === group.serverPort && inSamePod(group.capture, other.capture))
      .map(onwardOf),
  }));
}

function onwardOf({ capture, client, server, conversations }: ConversationGroup): OnwardLeg {
  return { capture, client, server, connections: conversations };
}

function sharesAddress(one: Place | undefined, other: Place | undefined): boolean {
  if (one === undefined || other === undefined || one.node !== other.node) return false;
  return one.addresses.some((address) => other.addresses.includes(address));
}

/** "address:port" of each endpoint of the Service with this "clusterIP:port". */
function endpointsOf(server: string, facts: Facts | null): string[] {
  const at = server.lastIndexOf(':');
  const address = server.slice(0, at).replace(/^\[|\]$/g, '');
  const port = Number(server.slice(at + 1));
  return (facts?.services ?? [])
    .filter((service) => service.clusterIPs.includes(address))
    .flatMap(({ namespace, name, ports }) => {
      const names = ports.filter((one) => one.port === port && one.protocol === 'TCP').map((one) => one.name);
      return (facts?.endpointSlices ?? [])
        .filter((slice) => slice.namespace === namespace && slice.service === name)
        .flatMap((slice) =>
          slice.ports
            .filter((one) => names.includes(one.name))
            .flatMap((one) =>
              slice.endpoints.flatMap((endpoint) =>
                endpoint.addresses.map((target) =>
                  target.includes(':') ? `[${target}]:${one.port}` : `${target}:${one.port}`,
                ),
              ),
            ),
        );
    });
}
