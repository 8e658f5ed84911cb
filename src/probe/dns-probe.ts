import { isIP } from 'node:net';
import type { ProbeResult } from '../check/check-report.ts';
import { lookUpName } from '../capture/look-up-name.ts';
import { probeLookups } from './lookup-probe.ts';
import { type ProbePlace, runProgram } from './programs.ts';

/** What look-ups inside the pod gave. */
export interface LookedUp {
  /** First that by which the addresses were found. */
  readonly results: readonly ProbeResult[];
  readonly addresses: readonly string[];
}

/** Two tries of two seconds each: a lost datagram is no fault yet. */
const WAIT = ['+time=2', '+tries=2'];
const MAX_ADDRESSES = 16;

/**
 * Looks the name up with the pod's own resolver settings: servers, search list and ndots of its resolv.conf. By the C
 * library where the image has getent; only dig says why nothing is found.
 */
export async function probeDns(place: ProbePlace, name: string): Promise<LookedUp> {
  const what = `DNS ${name}`;
  const none = (status: ProbeResult['status'], seen: string): LookedUp => ({
    results: [{ layer: 'dns', what, status, seen, server: '' }],
    addresses: [],
  });
  if (place.container.enter.length > 0)
    return none('skipped', 'the pod on the node has a resolv.conf of its own, not the pod’s');
  const looked = await probeLookups(place, name);
  if (looked !== null && looked.addresses.length > 0) {
    const addresses = looked.addresses.slice(0, MAX_ADDRESSES);
    const found = { layer: 'dns', what, status: 'ok', seen: addresses.join(', '), server: '' } as const;
    return { results: [found, looked.result], addresses };
  }
  const isAsked = place.programs.has('dig');
  const asked = isAsked ? await askWithDig(place, name) : await askOtherwise(place, name);
  if (asked === null) return none('failed', 'no answer within 15 s');
  if (asked.addresses.length === 0) return none('failed', asked.seen);
  return {
    results: [{ layer: 'dns', what, status: 'ok', seen: asked.seen, server: '' }],
    addresses: asked.addresses,
  };
}

interface Asked {
  readonly addresses: readonly string[];
  readonly seen: string;
}

async function askWithDig(place: ProbePlace, name: string): Promise<Asked | null> {
  const both = await Promise.all(
    ['A', 'AAAA'].map(async (type) => {
      const ended = await runProgram(place, ['dig', '+search', ...WAIT, '-t', type, '-q', name]);
      return ended === null ? null : parseDig(ended.stdout);
    }),
  );
  const answers = both.filter((answer) => answer !== null);
  const [first] = answers;
  if (first === undefined) return null;
  const addresses = [...new Set(answers.flatMap((answer) => answer.addresses))].slice(0, MAX_ADDRESSES);
  return { addresses, seen: addresses.length === 0 ? first.seen : addresses.join(', ') };
}

/** dig's answer: the addresses, or in its words why there is none. */
export function parseDig(text: string): Asked {
  const addresses = text
    .split('\n')
    .filter((line) => !line.startsWith(';'))
    .map((line) => line.split(/\s+/).at(-1) ?? '')
    .filter((word) => isIP(word) > 0);
  const status = [...text.matchAll(/^;; ->>HEADER<<-.*status: ([A-Z]+)/gm)].at(-1)?.[1];
  if (addresses.length > 0) return { addresses, seen: addresses.join(', ') };
  if (status === undefined) return { addresses, seen: 'no DNS server answered' };
  return {
    addresses,
    seen: status === 'NOERROR' ? 'the name exists, but has no address' : `the DNS server says ${status}`,
  };
}

async function askOtherwise({ api, container }: ProbePlace, name: string): Promise<Asked | null> {
  const addresses = (await lookUpName(api, container, name)).slice(0, MAX_ADDRESSES);
  return { addresses, seen: addresses.length === 0 ? 'it has no address' : addresses.join(', ') };
}

/** Asks one server of DNS over UDP: what can be expected to answer without a word of the application. */
export async function probeDnsServer(
  place: ProbePlace,
  address: string,
  port: number,
  what: string,
): Promise<ProbeResult> {
  const base = { layer: 'udp', what: `DNS over UDP to ${what}`, server: `${address}:${port}` } as const;
  if (!place.programs.has('dig')) return { ...base, status: 'skipped', seen: 'the debug image has no dig' };
  const query = ['@' + address, '-p', String(port), ...WAIT, '-t', 'NS', '-q', '.'];
  const ended = await runProgram(place, ['dig', ...query]);
  const status = /status: ([A-Z]+)/.exec(ended?.stdout ?? '')?.[1];
  return status === undefined
    ? { ...base, status: 'failed', seen: 'no answer' }
    : { ...base, status: 'ok', seen: `it answers (${status})` };
}
