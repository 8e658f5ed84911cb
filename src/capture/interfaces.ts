import { UserError } from '../errors.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import type { DebugContainer } from './debug-container.ts';
import { runCommand } from './run-command.ts';

/** The network interfaces of a place, as its kernel lists them. */
export interface Interfaces {
  /** Those to capture on, each by a tcpdump of its own. */
  readonly chosen: readonly string[];
  /** Further ones on which packets may be: neither loopback nor the kernel's own unused tunnels. */
  readonly others: readonly string[];
}

/** All but loopback, one capture each. */
const ALL = 'all';
/** That of the default route, beside others that are named. */
export const DEFAULT_INTERFACE = 'default';
/** Devices that modules create in every network namespace, down and without address. */
const idleTunnels = /^(tunl|sit|gre|gretap|erspan|ip_vti|ip6_vti|ip6tnl|ip6gre)0$/;
/** Flags of a route (linux/route.h): usable, and not a rejection. */
const RTF_UP = 1;
const RTF_REJECT = 0x200;

/**
 * The interfaces to capture on: the wanted ones ("all": every one but loopback, "default": that of the
 * default route), else that of the default route, else eth0, else "any". Throws {@link UserError} for one that does not exist.
 */
export async function chooseInterfaces(
  api: ExecApi,
  container: DebugContainer,
  wanted: readonly string[],
): Promise<Interfaces> {
  if (wanted.length > 0 && wanted.every((name) => name === 'any')) return { chosen: ['any'], others: [] };
  // Not /sys/class/net: that shows the network in which it was mounted, not the one of the process.
  const files = ['/proc/net/dev', '/proc/net/route', '/proc/net/ipv6_route'];
  const { stdout } = await runCommand(api, container, ['cat', ...files]);
  const names = deviceNames(stdout);
  const real = names.filter((name) => name !== 'lo' && !idleTunnels.test(name));
  if (wanted.length === 0) {
    const chosen = defaultInterface(stdout, names);
    return { chosen: [chosen], others: chosen === 'any' ? [] : real.filter((name) => name !== chosen) };
  }
  const namesOf = (name: string): string[] => {
    if (name === ALL) return real;
    return [name === DEFAULT_INTERFACE && !names.includes(name) ? defaultInterface(stdout, names) : name];
  };
  const chosen = [...new Set(wanted.flatMap(namesOf))];
  const missing = chosen.find((name) => name !== 'any' && !names.includes(name));
  if (missing === undefined && chosen.length > 0) return { chosen, others: [] };
  throw new UserError(
    `Interface "${missing ?? ALL}" does not exist in pod ${container.namespace}/${container.pod}`,
    `it has: ${names.join(', ')}`,
    'Name one of them with -i; "all" captures each of them, "any" all of them together.',
  );
}

function deviceNames(text: string): string[] {
  return [...text.matchAll(/^\s*([\w.@-]{1,15}):/gm)].map((match) => match[1] ?? '');
}

/** The interface of the default route with the lowest metric, IPv4 first (proc(5), /proc/net/route). */
function defaultInterface(text: string, names: readonly string[]): string {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  const ipv4 = rows
    .filter(
      ([, destination, , flags, , , , mask]) =>
        destination === '00000000' && mask === '00000000' && isUsable(flags),
    )
    .toSorted((one, other) => Number(one[6]) - Number(other[6]))
    .map(([name = '']) => name);
  const ipv6 = rows
    .filter((row) => row.length === 10 && /^0{32}$/.test(row[0] ?? '') && row[1] === '00' && isUsable(row[8]))
    .toSorted((one, other) => Number.parseInt(one[5] ?? '', 16) - Number.parseInt(other[5] ?? '', 16))
    .map((row) => row[9] ?? '');
  const candidates = [...ipv4, ...ipv6, 'eth0'];
  return candidates.find((name) => name !== 'lo' && names.includes(name)) ?? 'any';
}

function isUsable(flags: string | undefined): boolean {
  const bits = Number.parseInt(flags ?? '0', 16);
  return (bits & RTF_UP) !== 0 && (bits & RTF_REJECT) === 0;
}
