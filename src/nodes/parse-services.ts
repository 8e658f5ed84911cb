import type { NodeServiceFacts } from '../cluster/node-network-facts.ts';
import type { NodeParts } from './node-parts.ts';
import { naturalNumber } from './parse-counters.ts';

/** A Service whose rules are looked for. */
export interface AskedService {
  readonly namespace: string;
  readonly name: string;
  readonly clusterIPs: readonly string[];
}

/** Targets that are taken over of one Service. */
const MAX_TARGETS = 1000;

/** What kube-proxy made of the Services, in whichever of its modes; null if it has made nothing on this node. */
export function parseServices(
  parts: NodeParts,
  services: readonly AskedService[],
): NodeServiceFacts[] | null {
  const iptables = parts.lines('services iptables') ?? [];
  const nft = parts.lines('services nft') ?? [];
  const ipvs = virtualServers(parts.lines('services ipvs') ?? []);
  const isThere =
    iptables.some((line) => line.startsWith(':KUBE-SERVICES ')) || nft.length > 0 || ipvs.size > 0;
  if (!isThere) return null;
  return services.map((service): NodeServiceFacts => {
    const rules = [...iptables, ...nft].filter((line) => mentions(line, service));
    const virtual = [...ipvs].flatMap(([server, targets]) =>
      service.clusterIPs.some((address) => server.startsWith(`${address}:`)) ? [targets] : [],
    );
    const targets = new Set([...rules.flatMap(targetsIn), ...virtual.flat()]);
    return {
      namespace: service.namespace,
      name: service.name,
      isKnown: rules.length > 0 || virtual.length > 0,
      targets: [...targets].toSorted().slice(0, MAX_TARGETS),
    };
  });
}

/** The Service and none whose name begins alike: ‘"shop/payments:http cluster IP"’, "service-2QRHZV4L-shop/payments/tcp/http". */
function mentions(line: string, { namespace, name }: AskedService): boolean {
  const path = `${namespace}/${name}`;
  for (let at = line.indexOf(path); at >= 0; at = line.indexOf(path, at + 1)) {
    const before = line[at - 1] ?? ' ';
    const after = line[at + path.length] ?? ' ';
    if (/[\s"-]/.test(before) && /[\s":/]/.test(after)) return true;
  }
  return false;
}

/** "-j DNAT --to-destination 10.244.1.7:8080", "endpoint-…__10.244.1.7/8080". */
function targetsIn(line: string): string[] {
  const iptables = [...line.matchAll(/--to-destination (\S+:\d+)/g)].map(([, target = '']) => target);
  const nft = [...line.matchAll(/__([0-9a-f.:]+)\/(\d+)/g)].map(([, address = '', port = '']) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return [...iptables, ...nft];
}

/** /proc/net/ip_vs: "TCP  0A604D0A:0050 rr", then "  -> 0AF40105:1F90 Masq 1 0 0" for each target; IPv4 only. */
function virtualServers(lines: readonly string[]): Map<string, string[]> {
  const servers = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of lines) {
    const [, arrow, host = '', port = ''] =
      /^\s*(->|TCP|UDP|SCTP)\s+([0-9A-F]{8}):([0-9A-F]{4})\b/.exec(line) ?? [];
    if (arrow === undefined) continue;
    const server = `${dotted(host)}:${naturalNumber(port, 16)}`;
    if (arrow === '->') current?.push(server);
    else servers.set(server, (current = servers.get(server) ?? []));
  }
  return servers;
}

function dotted(host: string): string {
  return [0, 2, 4, 6].map((at) => naturalNumber(host.slice(at, at + 2), 16)).join('.');
}
