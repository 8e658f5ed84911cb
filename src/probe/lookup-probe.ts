import { isIP } from 'node:net';
import type { ProbeResult } from '../check/check-report.ts';
import { type ProbePlace, type Program, runProgram } from './programs.ts';

const NEEDED: readonly Program[] = ['getent', 'sh', 'timeout'];
/** Look-ups at once, and how often: a loss that comes now and then is seen, and no DNS server minds. */
const LOOKUPS = 4;
const ROUNDS = 3;
/** One look-up: time for one loss, for what cannot be asked at all waits as long. */
const LOOKUP_SECONDS = 8;
/** The C library musl asks again after 2.5 s, glibc after 5 s (resolv.conf(5), timeout): before that nothing was lost. */
const LOST_SECONDS = 2.4;
/** The name is an argument; /proc/uptime is the one clock of hundredths that every image has. */
const SCRIPT = `set -f
n=0
while [ $n -lt ${LOOKUPS} ]; do
  n=$((n + 1))
  (
    read -r before _ < /proc/uptime
    found=$(timeout ${LOOKUP_SECONDS} getent ahosts "$1" 2>/dev/null)
    code=$?
    read -r after _ < /proc/uptime
    echo "$code $before $after" $found
  ) &
done
wait`;

/** What several look-ups at once gave together. */
export interface Lookups {
  /** Each once; empty: none found any. */
  readonly addresses: readonly string[];
  readonly result: ProbeResult;
}

/**
 * Looks the name up as programs do, by the C library: A and AAAA at once from one port, which dig never does. null: it
 * cannot be done here.
 */
export async function probeLookups(place: ProbePlace, name: string): Promise<Lookups | null> {
  if (!NEEDED.every((one) => place.programs.has(one))) return null;
  const what = `DNS ${name}, A and AAAA at once`;
  let text = '';
  for (let round = 1; ; round++) {
    const ended = await runProgram(place, ['sh', '-c', SCRIPT, 'sh', name]);
    text += ended?.stdout ?? '';
    const { addresses, ...judged } = judgeLookups(text);
    if (ended === null && addresses.length === 0) return null;
    // What failed once tells enough.
    if (judged.status === 'failed' || ended === null || round === ROUNDS)
      return { addresses, result: { layer: 'dns', what, server: '', ...judged } };
  }
}

/** Lines of exit status, begin and end in seconds, and what getent printed. */
export function judgeLookups(
  text: string,
): Pick<ProbeResult, 'status' | 'seen'> & Pick<Lookups, 'addresses'> {
  const rows = text
    .split('\n')
    .map((line) => line.split(/\s+/))
    .filter((words) => words.length >= 3 && words.slice(0, 3).every((word) => /^[\d.]+$/.test(word)))
    .map(([, before = '0', after = '0', ...found]) => ({
      seconds: Number(after) - Number(before),
      found: found.filter((word) => isIP(word) > 0),
    }));
  const addresses = [...new Set(rows.flatMap(({ found }) => found))];
  const slow = rows.filter(({ seconds }) => seconds >= LOST_SECONDS).length;
  const missing = rows.filter(({ found }) => found.length === 0).length;
  const longest = Math.max(0, ...rows.map(({ seconds }) => seconds));
  if (slow > 0)
    return {
      addresses,
      status: 'failed',
      seen: `${slow} of ${rows.length} took up to ${longest.toFixed(1)} s, as where an answer is lost and asked for again`,
    };
  return missing > 0 || rows.length === 0
    ? { addresses, status: 'failed', seen: `${missing} of ${rows.length} found no address` }
    : {
        addresses,
        status: 'ok',
        seen: `${rows.length} of ${rows.length} answered within ${Math.round(longest * 1000)} ms`,
      };
}
