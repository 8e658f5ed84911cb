import type { ProbeResult } from '../check/check-report.ts';
import { isIPv6 } from '../cluster/address.ts';
import { get, type Got } from './http-probe.ts';
import type { ProbePlan, ProbeTarget } from './probe-plan.ts';
import { serverText } from './probe-plan.ts';
import { type ProbePlace, runProgram } from './programs.ts';

/** A request that no single packet of 1500 bytes holds, and that servers take: 8 KiB of headers is the usual limit. */
const LARGE_BYTES = 4000;
/** What hosts must be able to take (RFC 9293 §3.7.1), so that every path carries it. */
const SMALL_SEGMENT_BYTES = 536;
/** Larger than what a small segment holds, and than headers alone. */
const LARGE_ANSWER_BYTES = 1000;
/** For the answer to a large request: the time in which a lost segment is sent again four times. */
const ANSWER_SECONDS = 6;
/** Both halves of a comparison are to end before a command's time is over. */
const COMPARED_SECONDS = 4;

/**
 * Words that the user gave are arguments, never part of the scripts. The begin of the request goes out first and alone:
 * that it arrives, and what follows does not, is what tells a narrow path from a broken one.
 */
const LARGE = `at=$(date +%s)
{ printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n' "$2" "$3"; sleep 0.3; printf 'X-Netdebug-Padding: %s\\r\\n\\r\\n' "$4"; } | timeout ${ANSWER_SECONDS + 4} socat -t ${ANSWER_SECONDS} - "$1" 2>/dev/null | head -c 12
echo; echo "$(( $(date +%s) - at ))"`;
/**
 * Each twice, after a usual request that had no answer; those that may hang come last, for some servers serve one client at
 * a time.
 */
const COMPARED = `ask() { echo "$1 $(printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$4" | timeout ${COMPARED_SECONDS + 2} socat -t ${COMPARED_SECONDS} - "$2" 2>/dev/null | head -c 100000 | wc -c)"; }
for i in 1 2; do ask small "$2" "$3" "$4" & done; wait
for i in 1 2; do ask usual "$1" "$3" "$4" & done; wait`;

/** The same request, too large for one packet: it gets lost where the path takes smaller ones than both ends believe. */
export async function probeLargeRequest(
  place: ProbePlace,
  plan: ProbePlan,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const base = {
    layer: 'mtu',
    what: `GET with ${LARGE_BYTES} bytes to ${target.what}`,
    server: serverText(target),
  } as const;
  const padding = '0'.repeat(LARGE_BYTES);
  if (plan.speaksTls || !canPipe(place)) {
    const got = await get(place, plan, target, ['-H', `X-Netdebug-Padding: ${padding}`]);
    return { ...base, ...judgeLarge(got) };
  }
  const words = [socatAddress(plan, target), plan.httpPath, plan.hostName, padding];
  const ended = await runProgram(place, ['sh', '-c', LARGE, 'sh', ...words]);
  return { ...base, ...judgeLarge(gotOf(ended?.stdout ?? null)) };
}

/** "HTTP/1.1 200", then the seconds that it took. */
export function gotOf(text: string | null): Got {
  const [, version, code] = /^HTTP\/([\d.]{1,4}) (\d{3})/.exec(text ?? '') ?? [];
  if (version !== undefined) return { status: 'ok', seen: `HTTP/${version} ${code ?? ''}`, isSilent: false };
  const seconds = text === null ? ANSWER_SECONDS : Number(text.trim().split(/\s/).at(-1));
  const isSilent = seconds >= ANSWER_SECONDS;
  const seen = isSilent ? `no answer within ${ANSWER_SECONDS} s` : 'it closed the connection';
  return { status: 'failed', seen, isSilent };
}

/** A server may close on so large a header, which says nothing about the path; a silence after a small one was answered does. */
export function judgeLarge({ status, seen, isSilent }: Got): Pick<ProbeResult, 'status' | 'seen'> {
  if (status === 'ok' || seen.startsWith('HTTP'))
    return { status: 'ok', seen: `large segments get through: ${seen}` };
  return isSilent
    ? { status: 'failed', seen: `a small request was answered, a large one was not: ${seen}` }
    : { status: 'skipped', seen: `the server takes no such request (${seen})` };
}

/**
 * Where an answer did not come whole: whether it does in small segments, which the client asks for by the maximum that
 * it announces. It is the client's only way to see that large ones get lost on their way to it.
 */
export async function probeSmallSegments(
  place: ProbePlace,
  plan: ProbePlan,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const base = {
    layer: 'mtu',
    what: `GET in segments of ${SMALL_SEGMENT_BYTES} bytes to ${target.what}`,
    server: serverText(target),
  } as const;
  if (!canPipe(place))
    return { ...base, status: 'skipped', seen: 'the debug image has no socat or no timeout' };
  const address = socatAddress(plan, target);
  const words = [address, `${address},mss=${SMALL_SEGMENT_BYTES}`, plan.httpPath, plan.hostName];
  const ended = await runProgram(place, ['sh', '-c', COMPARED, 'sh', ...words]);
  return { ...base, ...judgeSmall(ended?.stdout ?? '') };
}

/** Lines of "usual 210" and "small 100000": how many bytes came. */
export function judgeSmall(text: string): Pick<ProbeResult, 'status' | 'seen' | 'passedBytes'> {
  const came = (of: string): number[] =>
    [...text.matchAll(/^(usual|small) +(\d{1,9})$/gm)].flatMap(([, kind, bytes]) =>
      kind === of ? [Number(bytes)] : [],
    );
  const [usual, small] = [came('usual'), came('small')];
  if (usual.length < 2 || small.length < 2) return { status: 'skipped', seen: 'it could not be compared' };
  const [most, least] = [Math.max(...usual), Math.min(...small)];
  const seen = `${least} bytes came of the answer, ${most} without that limit`;
  return least >= LARGE_ANSWER_BYTES && least > 4 * most
    ? { status: 'failed', seen: `${seen}: large segments get lost`, passedBytes: SMALL_SEGMENT_BYTES }
    : { status: 'skipped', seen: `${seen}: it is not their size` };
}

function canPipe({ programs }: ProbePlace): boolean {
  return programs.has('socat') && programs.has('timeout');
}

/** It stays open for the answer when the request has been sent; a name that could be more than a name is not sent. */
function socatAddress({ speaksTls, hostName }: ProbePlan, { address, port }: ProbeTarget): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  const options = 'connect-timeout=4,shut-none';
  if (!speaksTls) return `${isIPv6(address) ? 'TCP6' : 'TCP4'}:${host}:${port},${options}`;
  const isName = /^[\w.-]*[a-z][\w.-]*$/i.test(hostName);
  return `OPENSSL:${host}:${port},${options},verify=0,${isName ? `snihost=${hostName}` : 'no-sni=1'}`;
}
