import type { Unreadable } from '../cluster/facts.ts';
import type { NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import { nodeParts, type NodeParts } from './node-parts.ts';
import { SYSCTLS, WINDOW_MS } from './node-program.ts';
import { parseCounters } from './parse-counters.ts';
import { hasUnlistedTables, parseFilter } from './parse-filter.ts';
import { parseInterfaces, parseRoutes, perInterface } from './parse-interfaces.ts';
import { type AskedService, parseServices } from './parse-services.ts';

/** What was read of one node, and which parts could not be. */
export interface NodeRead {
  readonly network: NodeNetworkFacts;
  readonly unreadable: readonly Unreadable[];
}

/** Ports that are taken over of one node. */
const MAX_PORTS = 200;

/** Makes facts of what the program printed; undefined: it did not come to its end. */
export function parseNode(
  node: string,
  readAt: string,
  services: readonly AskedService[],
  output: string,
): NodeRead | undefined {
  const parts = nodeParts(output);
  if (!parts.isWhole) return undefined;
  const network: NodeNetworkFacts = {
    node,
    readAt,
    windowMs: WINDOW_MS,
    sysctls: sysctlsOf(parts),
    interfaces: parseInterfaces(parts),
    routes: parseRoutes(parts),
    counters: parseCounters(parts),
    filterRules: hasUnlistedTables(parts) ? null : parseFilter(parts),
    services: services.length === 0 ? [] : parseServices(parts, services),
    udpPorts: portsOf(parts),
  };
  return { network, unreadable: gaps(network, parts) };
}

function sysctlsOf(parts: NodeParts): Readonly<Record<string, number | null>> {
  const found = perInterface(parts.lines('sysctls') ?? []);
  return Object.fromEntries(
    SYSCTLS.map((name) => [name, found.get(name.slice('net.'.length).replaceAll('.', '/')) ?? null]),
  );
}

/** The local ports of /proc/net/udp: "00000000:2118". */
function portsOf(parts: NodeParts): number[] | null {
  const lines = parts.lines('udp');
  if (lines === null) return null;
  const ports = lines.flatMap((line) => {
    const port = /:([0-9A-F]{4})$/.exec(line)?.[1];
    return port === undefined ? [] : [Number.parseInt(port, 16)];
  });
  return [...new Set(ports)].toSorted((a, b) => a - b).slice(0, MAX_PORTS);
}

function gaps(network: NodeNetworkFacts, parts: NodeParts): Unreadable[] {
  const gap = (what: string, why: string): Unreadable => ({
    what: `${what} of node ${network.node}`,
    why: parts.cut.length > 0 ? `${why}, or it is more than is taken over` : why,
    fix: '',
  });
  return [
    ...(network.interfaces === null ? [gap('interfaces', 'they were not listed')] : []),
    ...(network.routes === null ? [gap('routes', 'the image has no program ip')] : []),
    ...(network.counters === null ? [gap('counters', 'they were not listed')] : []),
    ...(network.filterRules === null
      ? [
          gap(
            'packet filter',
            hasUnlistedTables(parts)
              ? 'it has tables of the older iptables, and the image has no program iptables-legacy-save'
              : 'the image has neither iptables-save nor nft',
          ),
        ]
      : []),
    ...(network.services === null
      ? [gap("kube-proxy's rules", 'there are none, or the image cannot list them')]
      : []),
  ];
}
