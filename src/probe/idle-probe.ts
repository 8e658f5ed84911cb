import type { ProbeResult } from '../check/check-report.ts';
import { isIPv6 } from '../cluster/address.ts';
import { runCommand } from '../capture/run-command.ts';
import { UserError } from '../errors.ts';
import type { ProbePlan, ProbeTarget } from './probe-plan.ts';
import { serverText } from './probe-plan.ts';
import type { ProbePlace } from './programs.ts';

/** A node that has forgotten a connection may still send it to the right endpoint: of two, every other time. */
const CONNECTIONS = 6;
/** To connect, and for the answer. */
const GRACE_MS = 10_000;

/**
 * Words that the user gave are arguments, never part of the script. Each connection is opened, left unused, then used;
 * what answers is counted. `timeout` ends it all though nobody is there any more.
 */
const script = `one() { { sleep "$2"; printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$4" "$5"; sleep 2; } | timeout "$3" socat -t 3 - "$1" 2>/dev/null | head -c 5; }
for i in ${Array.from({ length: CONNECTIONS }, (_, index) => index + 1).join(' ')}; do one "$@" & done; wait`;

/** Opens connections, sends nothing on them for so long, then asks. Throws ApiError. */
export async function probeIdle(
  { api, container, programs }: ProbePlace,
  { hostName, httpPath }: ProbePlan,
  target: ProbeTarget,
  idleMs: number,
): Promise<ProbeResult> {
  const seconds = Math.ceil(idleMs / 1000);
  const base = {
    layer: 'http',
    what: `GET to ${target.what} on ${CONNECTIONS} connections after ${seconds} s of silence`,
    server: serverText(target),
  } as const;
  const missing = (['socat', 'timeout'] as const).find((program) => !programs.has(program));
  if (missing !== undefined) return { ...base, status: 'skipped', seen: `the debug image has no ${missing}` };
  const address = isIPv6(target.address) ? `TCP6:[${target.address}]` : `TCP4:${target.address}`;
  const argv = [`${address}:${target.port},connect-timeout=4`, String(seconds), String(seconds + 8)];
  try {
    const { stdout } = await runCommand(
      api,
      container,
      ['sh', '-c', script, 'sh', ...argv, httpPath, hostName],
      idleMs + GRACE_MS + 5000,
    );
    return { ...base, ...judgeIdle(stdout) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...base, status: 'failed', seen: `it did not end (${error.why})` };
  }
}

/** What came on all connections, run together: "HTTP/" of each that was answered. */
export function judgeIdle(text: string): Pick<ProbeResult, 'status' | 'seen'> {
  const answered = text.split('HTTP/').length - 1;
  const seen = `${answered} of ${CONNECTIONS} answered`;
  return { status: answered < CONNECTIONS ? 'failed' : 'ok', seen };
}
