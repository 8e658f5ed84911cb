import type { NodeInterfaceFacts, NodeRouteFacts } from '../cluster/node-network-facts.ts';
import type { NodeParts } from './node-parts.ts';
import { counter, naturalNumber } from './parse-counters.ts';

/** Interfaces and routes that are taken over of one node. */
const MAX_INTERFACES = 1000;
const MAX_ROUTES = 1000;
/** Bits of /sys/class/net/NAME/flags (linux/if.h). */
const UP = 0x1;
const PROMISCUOUS = 0x100;
/** /sys/class/net/NAME/type (linux/if_arp.h), where it says what an interface is. */
const TYPES: Readonly<Record<string, string>> = {
  '768': 'ipip',
  '769': 'ip6tnl',
  '772': 'loopback',
  '776': 'sit',
  '778': 'gre',
};
const ETHERNET = '1';

/** The interfaces with their settings and what went over them. */
export function parseInterfaces(parts: NodeParts): NodeInterfaceFacts[] | null {
  const lines = parts.lines('interfaces');
  if (lines === null) return null;
  const rows = lines.slice(0, MAX_INTERFACES).map((line) => line.split(' '));
  const byIndex = new Map(rows.map(([name = '', index = '']) => [index, name]));
  const settings = perInterface(parts.lines('conf') ?? []);
  const [before, after] = ['first', 'last'].map((when) => traffic(parts.lines(`traffic ${when}`) ?? []));
  const programs = new Set((parts.lines('programs') ?? []).map(nameInLine));
  return rows.map((row): NodeInterfaceFacts => {
    const [name = '', index, link, type = '', mtu, state, flags, master = '', hairpin, kind = '-'] = row;
    const bits = naturalNumber(flags?.replace('0x', ''), 16);
    const counted = (...fields: readonly number[]): NodeInterfaceFacts['received'] =>
      counter(sum(before?.get(name), fields), sum(after?.get(name), fields) ?? 0);
    return {
      name,
      kind: kindOf(kind, type, index !== link),
      mtuBytes: naturalNumber(mtu),
      isUp: (bits & UP) !== 0 && state !== 'down',
      bridge: hairpin === '-' ? '' : (byIndex.get(master) ?? ''),
      hairpin: hairpin === '-' ? null : hairpin !== '0',
      isPromiscuous: (bits & PROMISCUOUS) !== 0,
      forwardsIPv4: isOn(settings.get(`ipv4/conf/${name}/forwarding`)),
      forwardsIPv6: isOn(settings.get(`ipv6/conf/${name}/forwarding`)),
      rpFilter: settings.get(`ipv4/conf/${name}/rp_filter`) ?? null,
      received: counted(0),
      sent: counted(1),
      lost: counted(2, 3, 4, 5),
      hasProgram: programs.has(name),
    };
  });
}

function kindOf(kind: string, type: string, hasOtherEnd: boolean): string {
  if (kind !== '-') return kind;
  return type === ETHERNET && hasOtherEnd ? 'veth' : (TYPES[type] ?? '');
}

function isOn(value: number | undefined): boolean | null {
  return value === undefined ? null : value !== 0;
}

/** "net/ipv4/conf/eth0/rp_filter:1" by what stands between "net/" and ":". */
export function perInterface(lines: readonly string[]): Map<string, number> {
  return new Map(
    lines.flatMap((line): [string, number][] => {
      const [, name, value] = /^net\/(.+):(\d+)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, naturalNumber(value)]];
    }),
  );
}

function traffic(lines: readonly string[]): Map<string, readonly number[]> {
  return new Map(
    lines.map((line) => {
      const [name = '', ...values] = line.split(' ');
      return [name, values.map((value) => naturalNumber(value))];
    }),
  );
}

function sum(values: readonly number[] | undefined, fields: readonly number[]): number | undefined {
  return values === undefined ? undefined : fields.reduce((total, field) => total + (values[field] ?? 0), 0);
}

/** The interface of a line of `ip -o link` ("7: eth0@if8: <…") or `tc qdisc` ("qdisc clsact ffff: dev eth0 …"). */
function nameInLine(line: string): string {
  return /^\d+: ([^\s:@]+)/.exec(line)?.[1] ?? /\bdev (\S+)/.exec(line)?.[1] ?? '';
}

/** `ip route`: the main table, both families. */
export function parseRoutes(parts: NodeParts): NodeRouteFacts[] | null {
  const version4 = parts.lines('routes');
  const version6 = parts.lines('routes6');
  if (version4 === null || version6 === null || version4.length + version6.length === 0) return null;
  return [
    ...version4.flatMap((line) => route(line, '0.0.0.0/0', '/32')),
    ...version6.flatMap((line) => route(line, '::/0', '/128')),
  ].slice(0, MAX_ROUTES);
}

function route(line: string, everything: string, host: string): NodeRouteFacts[] {
  const words = line.trim().split(/\s+/);
  const type = /^[a-z]+$/.test(words[0] ?? '') && words[0] !== 'default' ? (words.shift() ?? '') : 'unicast';
  const [destination = ''] = words;
  if (destination === '' || type === 'multicast') return [];
  const after = (word: string): string => words[words.indexOf(word, 1) + 1] ?? '';
  const range = destination === 'default' ? everything : destination;
  return [
    {
      destination: range.includes('/') ? range : `${range}${host}`,
      via: words.includes('via') ? after('via') : '',
      device: words.includes('dev') ? after('dev') : '',
      type,
    },
  ];
}
