import type { ProbeResult } from '../check/check-report.ts';
import { isIPv6 } from '../cluster/address.ts';
import type { ProbePlan, ProbeTarget } from './probe-plan.ts';
import { serverText } from './probe-plan.ts';
import { type ProbePlace, runProgram } from './programs.ts';

const SECONDS = '6';
/** Requests by which endpoints that differ are told apart: as many answers as one-bad-endpoint wants. */
const AGAIN = 5;
/** So few bytes of an answer in six seconds are no slow network, but one that stands still. */
const CUT_BYTES = 10_000;
/** CURLE_OPERATION_TIMEDOUT. */
const CURL_TIMED_OUT = 28;
const SEEN =
  '%{http_code} %{http_version} %{time_connect} %{time_starttransfer} %{size_download} %header{content-length}\\n';

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
  const { status, seen } = await get(place, plan, target, []);
  return { ...base, status, seen };
}

/** Whether the server took the connection and closed it without a word, as one does that waits for TLS. */
export function isClosed({ layer, status, seen }: ProbeResult): boolean {
  return layer === 'http' && status === 'failed' && /no response: .*(?:Empty reply|reset by peer)/.test(seen);
}

/**
 * Asks each endpoint by itself. Where some answer and others do not, all are asked again, at once: one failure may be
 * chance, and what the packets show of each is compared.
 */
export async function probeEndpoints(
  place: ProbePlace,
  plan: ProbePlan,
  endpoints: readonly ProbeTarget[],
): Promise<ProbeResult[]> {
  const results = await Promise.all(
    endpoints.map(async (target) => {
      const result = await probeHttp(place, plan, target);
      return { ...result, what: `${result.what} at ${target.what}` };
    }),
  );
  const failed = results.filter(({ status }) => status === 'failed').length;
  if (failed > 0 && failed < results.length)
    await Promise.all(endpoints.map(async (target) => await askAgain(place, plan, target)));
  return results;
}

async function askAgain(place: ProbePlace, plan: ProbePlan, target: ProbeTarget): Promise<void> {
  const more = Array.from({ length: AGAIN - 1 }, () => [
    '-o',
    '/dev/null',
    '--url',
    urlOf(plan, target.port),
  ]);
  // One connection each: several requests on one would be one connection that fails.
  await get(place, plan, target, ['--http1.1', '-Z', '--parallel-immediate', ...more.flat()]);
}

/** Whether the connection came about and the answer did not, or not all of it. */
export function isUnfinished({ layer, status, seen }: ProbeResult): boolean {
  return layer === 'http' && status === 'failed' && /time(?:d )?out| bytes came$/.test(seen);
}

/** What one request gave. */
export interface Got extends Pick<ProbeResult, 'status' | 'seen'> {
  /** Nothing came within the time, as where packets get lost; not: the server closed. */
  readonly isSilent: boolean;
}

/** Asks once by curl. `more`: further arguments. Throws ApiError. */
export async function get(
  place: ProbePlace,
  plan: ProbePlan,
  { address, port }: ProbeTarget,
  more: readonly string[],
): Promise<Got> {
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
  if (ended === null) return { status: 'failed', seen: 'it did not end within 15 s', isSilent: true };
  const [code = '000', version = '', connect = '0', first = '0', got = '0', whole = ''] = ended.stdout
    .trim()
    .split(/\s+/);
  if (code === '000')
    return {
      status: 'failed',
      seen: whyNot(ended.stderr, Number(connect) > 0),
      isSilent: ended.exitCode === CURL_TIMED_OUT,
    };
  const ms = Math.round((Number(first) - Number(connect)) * 1000);
  const isServerError = code.startsWith('5');
  // Of a stream nobody knows the end, and a long file needs longer: only a short answer that was promised is missed.
  if (ended.exitCode === CURL_TIMED_OUT && Number(got) < CUT_BYTES && Number(whole) > Number(got))
    return {
      status: 'failed',
      isSilent: true,
      seen: `HTTP/${version} ${code} after ${ms} ms, but within ${SECONDS} s only ${got} of ${whole} bytes came`,
    };
  return {
    status: isServerError ? 'failed' : 'ok',
    isSilent: false,
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
