import type { ResolverFacts } from '../cluster/facts.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import type { DebugContainer } from './debug-container.ts';
import { runCommand } from './run-command.ts';

/** Bit of CAP_NET_RAW (linux/capability.h). */
const netRawBit = 13n;
const maxResolverEntries = 32;

/** True if processes in the container have the capability NET_RAW; read once before a capture. */
export async function hasNetRaw(api: ExecApi, container: DebugContainer): Promise<boolean> {
  const { stdout } = await runCommand(api, container, ['cat', '/proc/self/status']);
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(stdout)?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> netRawBit) & 1n) === 1n;
}

/** The pod's resolver as its /etc/resolv.conf says; null if it cannot be read. */
export async function readResolver(api: ExecApi, container: DebugContainer): Promise<ResolverFacts | null> {
  const { exitCode, stdout } = await runCommand(api, container, ['cat', `${container.root}/etc/resolv.conf`]);
  return exitCode === 0 ? parseResolvConf(stdout) : null;
}

/** Reads resolv.conf(5): the last `search` or `domain` counts, ndots is 1 unless an option says so. */
export function parseResolvConf(text: string): ResolverFacts {
  const nameservers: string[] = [];
  let search: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword = '', ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) nameservers.push(values[0]);
    if (keyword === 'search' || keyword === 'domain') search = values.slice(0, maxResolverEntries);
    if (keyword === 'options') ndots = ndotsOf(values) ?? ndots;
  }
  return { nameservers: nameservers.slice(0, maxResolverEntries), search, ndots };
}

function ndotsOf(options: readonly string[]): number | undefined {
  const value = options.findLast((option) => option.startsWith('ndots:'))?.slice('ndots:'.length);
  // The resolver library caps it at 15.
  return value !== undefined && /^\d+$/.test(value) ? Math.min(Number(value), 15) : undefined;
}
