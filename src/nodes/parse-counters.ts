import type { CounterFacts } from '../cluster/node-network-facts.ts';
import type { NodeParts } from './node-parts.ts';

/** Those that tell why a packet went no further; a kernel has some hundred others. */
const COUNTERS: readonly string[] = [
  'IpInAddrErrors',
  'IpInDiscards',
  'IpForwDatagrams',
  'IpOutDiscards',
  'IpOutNoRoutes',
  'IpReasmFails',
  'IpFragFails',
  'IcmpOutDestUnreachs',
  'IcmpInDestUnreachs',
  'TcpExtIPReversePathFilter',
  'IpExtInNoRoutes',
  'Ip6InAddrErrors',
  'Ip6InTooBigErrors',
  'Ip6InNoRoutes',
  'Ip6OutForwDatagrams',
  'Icmp6OutPktTooBigs',
];
const CONNTRACK_COLUMNS: readonly string[] = ['insert_failed', 'drop', 'early_drop'];

/** What grew between the two readings; null if it could not be read. */
export function parseCounters(parts: NodeParts): Readonly<Record<string, CounterFacts>> | null {
  const [first, last] = ['first', 'last'].map((when) => reading(parts, when));
  if (first === undefined || last === undefined || first === null || last === null) return null;
  const entries = [...last].map(([name, total]): [string, CounterFacts] => [
    name,
    counter(first.get(name), total),
  ]);
  return Object.fromEntries(entries);
}

/** A counter of the two readings; one that was reset in between counts from there. */
export function counter(before: number | undefined, total: number): CounterFacts {
  const grew = before === undefined || before > total ? 0 : total - before;
  return { total, grew };
}

/** A number as the kernel prints it, 0 for what is none. */
export function naturalNumber(text: string | undefined, radix: 10 | 16 = 10): number {
  const value = Number.parseInt(text ?? '', radix);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function reading(parts: NodeParts, when: string): Map<string, number> | null {
  const lines = parts.lines(`counters ${when}`);
  if (lines === null) return null;
  const found = new Map<string, number>();
  let titles: readonly string[] = [];
  for (const line of lines) {
    const words = line.trim().split(/\s+/);
    const [first = '', second = ''] = words;
    if (!first.endsWith(':')) take(found, first, second);
    // /proc/net/snmp and netstat: a line of titles, then one of values with the same first word.
    else if (titles[0] === first) {
      for (const [index, word] of words.entries())
        take(found, `${first.slice(0, -1)}${titles[index] ?? ''}`, word);
      titles = [];
    } else titles = words;
  }
  for (const [name, total] of conntrack(parts.lines(`conntrack ${when}`) ?? []))
    found.set(`conntrack.${name}`, total);
  return found;
}

function take(found: Map<string, number>, name: string, text: string): void {
  if (COUNTERS.includes(name)) found.set(name, naturalNumber(text));
}

/** /proc/net/stat/nf_conntrack: a line of titles, then one for each processor, in hexadecimal. */
function conntrack([head = '', ...rows]: readonly string[]): [string, number][] {
  const titles = head.trim().split(/\s+/);
  return CONNTRACK_COLUMNS.flatMap((name): [string, number][] => {
    const column = titles.indexOf(name);
    if (column < 0) return [];
    return [[name, rows.reduce((sum, row) => sum + naturalNumber(row.trim().split(/\s+/)[column], 16), 0)]];
  });
}
