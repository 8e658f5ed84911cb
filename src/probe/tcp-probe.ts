import type { Contrast } from '../check/contrast.ts';
import type { ProbeResult } from '../check/check-report.ts';
import { isIPv6 } from '../cluster/address.ts';
import { type ProbePlace, runProgram } from './programs.ts';
import { serverText, type ProbeTarget } from './probe-plan.ts';

/** The third SYN of Linux goes out after 3 s, and ICMP host unreachable comes after 3.06 s: both are waited for. */
const CONNECT_SECONDS = 4;
/** What is seen of a connection that a host, or whoever stands for it, refused by a reset. */
export const REFUSED = 'connection refused';

/** Opens a connection and closes it again without a word. */
export async function probeTcp(place: ProbePlace, target: ProbeTarget): Promise<ProbeResult> {
  const { address, port, what } = target;
  const server = serverText(target);
  const base = {
    layer: 'connect',
    what: `TCP to ${what}${what.includes(address) ? '' : ` (${server})`}`,
    server,
  } as const;
  if (!place.programs.has('socat'))
    return { ...base, status: 'skipped', seen: 'the debug image has no socat' };
  const family = isIPv6(address) ? `TCP6:[${address}]` : `TCP4:${address}`;
  const options = `connect-timeout=${CONNECT_SECONDS}`;
  // From /dev/null and one way only: it ends as soon as it is connected.
  const ended = await runProgram(place, [
    'socat',
    '-T',
    '5',
    '-u',
    '/dev/null',
    `${family}:${port},${options}`,
  ]);
  if (ended?.exitCode === 0) return { ...base, status: 'ok', seen: 'connected' };
  return { ...base, status: 'failed', seen: whyNot(ended?.stderr) };
}

/** Opens a connection to each pod that is compared with, at once; what they show is about the way between, not about them. */
export async function probeContrasts(
  place: ProbePlace,
  contrasts: readonly Contrast[],
): Promise<ProbeResult[]> {
  return await Promise.all(
    contrasts.map(async (contrast) => {
      const result = await probeTcp(place, { ...contrast, isDialled: false });
      return { ...result, layer: 'path', what: `to compare, TCP to ${contrast.what}` };
    }),
  );
}

function whyNot(stderr: string | undefined): string {
  if (stderr === undefined) return 'it did not end within 15 s';
  const reason =
    /: (Connection refused|Connection timed out|No route to host|Network is unreachable|[A-Z][^:\n]{2,60})\s*$/m.exec(
      stderr,
    )?.[1];
  if (reason === undefined) return 'not connected';
  return reason === 'Connection timed out' ? `no answer within ${CONNECT_SECONDS} s` : reason.toLowerCase();
}
