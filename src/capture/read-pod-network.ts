import type { PodNetworkFacts } from '../cluster/pod-network-facts.ts';
import { UserError } from '../errors.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { DebugContainer } from './debug-container.ts';
import {
  addBacklogs,
  type ByteOrder,
  parseCounters,
  parseLinks,
  parseRoutes,
  parseSockets,
  parseTimeWaits,
} from './proc-net.ts';
import { runCommand } from './run-command.ts';

/** Rows that are taken of each of the kernel's four tables of sockets. */
const MAX_ROWS = 128;

/**
 * Prints what a network says of itself, each part under "@NAME". It takes sh, grep and head of the image; where it has
 * no awk, ip, ss or od, that part stays empty. Not /sys/class/net: that shows the network in which it was mounted.
 */
const script = `part() { echo "@$1"; shift; "$@" 2>/dev/null | head -c 32000; echo; }
sockets() { [ -e "/proc/net/$2" ] || { echo absent; return; }; grep -E "^ *sl |^ *[0-9]+: [0-9A-F]+:[0-9A-F]{4} 0+:0000 $1 " "/proc/net/$2" | head -n ${MAX_ROWS + 2}; }
waits() { awk '$4 == "06" { n[$3]++ } END { for (d in n) print n[d], d }' /proc/net/tcp /proc/net/tcp6 | sort -rn | head -n 8; }
order() { printf '\\1\\0' | od -An -tx2; }
part order order
part tcp sockets 0A tcp
part tcp6 sockets 0A tcp6
part udp sockets 07 udp
part udp6 sockets 07 udp6
part ss ss -Hltnp
part links ip -o link
part routes cat /proc/net/route /proc/net/ipv6_route
part counters cat /proc/net/snmp /proc/net/netstat
part ports cat /proc/sys/net/ipv4/ip_local_port_range
part backlog cat /proc/sys/net/core/somaxconn
part waits waits
echo @end`;

/** Counters of the pod's network as of now, to compare with later; null if they cannot be read. */
export async function readCounters(
  api: ExecApi,
  container: DebugContainer,
): Promise<ReadonlyMap<string, number> | null> {
  try {
    const { stdout } = await runCommand(api, container, ['cat', '/proc/net/snmp', '/proc/net/netstat']);
    const counters = parseCounters(stdout);
    return counters.size === 0 ? null : counters;
  } catch (error) {
    // What is missing is told by the reading at the end, which has it as unknown.
    if (!(error instanceof UserError || error instanceof ApiError)) throw error;
    return null;
  }
}

/**
 * Reads the network of the pod `name` in which the container works, in one exec. `before`: its counters when the
 * capture began. Never throws UserError or ApiError: what failed stands in `problem`.
 */
export async function readPodNetwork(
  api: ExecApi,
  container: DebugContainer,
  name: { readonly namespace: string; readonly name: string },
  before: ReadonlyMap<string, number> | null,
): Promise<PodNetworkFacts> {
  try {
    const { stdout, stderr } = await runCommand(api, container, ['sh', '-c', script]);
    return { ...name, ...parsePodNetwork(stdout, stderr, before) };
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ApiError)) throw error;
    const why = error instanceof UserError ? error.why : error.message;
    return { ...name, ...parsePodNetwork('', why, null) };
  }
}

/** The script's output as facts; `words`: what is to be said if it printed nothing. */
export function parsePodNetwork(
  output: string,
  words: string,
  before: ReadonlyMap<string, number> | null,
): Omit<PodNetworkFacts, 'namespace' | 'name'> {
  const parts = new Map(
    output
      .split(/^@/m)
      .slice(1)
      .map((part): [string, string] => [
        part.slice(0, part.indexOf('\n')),
        part.slice(part.indexOf('\n') + 1),
      ]),
  );
  const isWhole = parts.has('end');
  const text = (name: string): string => (isWhole ? (parts.get(name) ?? '') : '');
  const order: ByteOrder = text('order').trim() === '0100' ? 'big' : 'little';
  const counters = parseCounters(text('counters'));
  // The heading shows that the table was searched: without it "nobody listens" would be a guess.
  const hasTables = ['tcp', 'tcp6', 'udp', 'udp6'].every((name) => /^(?: *sl |absent)/.test(text(name)));
  const tables = [
    parseSockets(text('tcp'), 'TCP', order),
    parseSockets(text('tcp6'), 'TCP', order),
    parseSockets(text('udp'), 'UDP', order),
    parseSockets(text('udp6'), 'UDP', order),
  ];
  const links = parseLinks(text('links'));
  const [, first = '', last = ''] = /^(\d{1,5})\s+(\d{1,5})\s*$/m.exec(text('ports')) ?? [];
  const backlog = /^\d{1,9}/.exec(text('backlog'))?.[0];
  return {
    problem: hasTables ? '' : wordsOf(words),
    sockets: hasTables
      ? addBacklogs(
          tables.flatMap((table) => table.slice(0, MAX_ROWS)),
          text('ss'),
        )
      : null,
    areSocketsWhole: hasTables && tables.every((table) => table.length <= MAX_ROWS),
    interfaces: links.length === 0 ? null : links,
    routes: isWhole && counters.size > 0 ? parseRoutes(text('routes'), order) : null,
    increases: before !== null && counters.size > 0 ? increases(before, counters) : null,
    localPorts: first === '' ? null : { first: Number(first), last: Number(last) },
    maxBacklog: backlog === undefined ? null : Number(backlog),
    timeWaits: hasTables ? parseTimeWaits(text('waits'), order) : null,
  };
}

function wordsOf(words: string): string {
  return words.trim().split('\n').at(-1)?.slice(0, 200) || 'the debug container printed nothing';
}

function increases(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Readonly<Record<string, number>> {
  const grown = [...after].map(([name, value]): [string, number] => [
    name,
    value - (before.get(name) ?? value),
  ]);
  return Object.fromEntries(grown.filter(([, value]) => value > 0));
}
