import type { ProbeResult } from '../check/check-report.ts';
import { isIPv6 } from '../cluster/address.ts';
import type { ProbePlan, ProbeTarget } from './probe-plan.ts';
import { serverText } from './probe-plan.ts';
import { type ProbePlace, runProgram } from './programs.ts';

const SECONDS = '6';
/** A request that no single packet of 1500 bytes holds, and that servers take: 8 KiB of headers is the usual limit. */
const LARGE_BYTES = 4000;
const SEEN = '%{http_code} %{http_version} %{time_connect} %{time_starttransfer}\\n';

/** One GET, whatever the answer: a status of the server's proves the way. */
export async function probeHttp(
  place: ProbePlace,
  plan: ProbePlan,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const base = {
    layer: 'http',
    what: `GET ${urlOf(plan, target.port)}`,
    server: serverText(target),
  } as const;
  if (!place.programs.has('curl')) return { ...base, status: 'skipped', seen: 'the debug image has no curl' };
  return { ...base, ...(await get(place, plan, target, [])) };
}

/** The same request, too large for one packet: it gets lost where the path takes smaller ones than both ends believe. */
export async function probeMtu(
  place: ProbePlace,
  plan: ProbePlan,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const base = {
    layer: 'mtu',
    what: `GET with ${LARGE_BYTES} bytes to ${target.what}`,
    server: serverText(target),
  } as const;
  const { status, seen } = await get(place, plan, target, [
    '-H',
    `X-Netdebug-Padding: ${'0'.repeat(LARGE_BYTES)}`,
  ]);
  // Any answer, also one that refuses so large a header, shows that the large segments came through.
  const isAnswered = status === 'ok' || seen.startsWith('HTTP');
  return {
    ...base,
    status: isAnswered ? 'ok' : 'failed',
    seen: isAnswered ? `large segments get through: ${seen}` : seen,
  };
}

async function get(
  place: ProbePlace,
  plan: ProbePlan,
  { address, port }: ProbeTarget,
  more: readonly string[],
): Promise<Pick<ProbeResult, 'status' | 'seen'>> {
  const host = isIPv6(address) ? `[${address}]` : address;
  const resolved = plan.hostName === host ? [] : ['--resolve', `${plan.hostName}:${port}:${host}`];
  const ended = await runProgram(place, [
    'curl',
    '-sS',
    // Braces and brackets are the user's own, no patterns.
    '--globoff',
    '-k',
    '-o',
    '/dev/null',
    '--noproxy',
    '*',
    '--connect-timeout',
    '4',
    '--max-time',
    SECONDS,
    '-A',
    'kubectl-netdebug',
    '-w',
    SEEN,
    ...resolved,
    ...more,
    '--',
    urlOf(plan, port),
  ]);
  if (ended === null) return { status: 'failed', seen: 'it did not end within 15 s' };
  const [code = '000', version = '', connect = '0', first = '0'] = ended.stdout.trim().split(' ');
  if (code === '000') return { status: 'failed', seen: whyNot(ended.stderr, Number(connect) > 0) };
  const ms = Math.round((Number(first) - Number(connect)) * 1000);
  const isServerError = code.startsWith('5');
  return {
    status: isServerError ? 'failed' : 'ok',
    seen: `HTTP/${version} ${code} after ${ms} ms${isServerError ? ': the server itself fails' : ''}`,
  };
}

function urlOf({ speaksTls, hostName, httpPath }: ProbePlan, port: number): string {
  return `${speaksTls ? 'https' : 'http'}://${hostName}:${port}${httpPath}`;
}

function whyNot(stderr: string, isConnected: boolean): string {
  const words = /curl: \(\d+\) ([^\n]{1,160})/.exec(stderr)?.[1] ?? 'no answer';
  return isConnected ? `connected, but no response: ${words}` : words;
}
