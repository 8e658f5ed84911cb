import { endpointText } from '../conversations/address.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { dnsProtocol } from './dns-servers.ts';
import { describeWalk, dnsWalks, exists, nxdomainOf, queriesOf, sum } from './dns-walks.ts';
import type { Walk } from './dns-walks.ts';
import { finding, joinEvidence } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Below this a walk costs queries, not time that anybody notices. */
const WARNING_MS = 50;
/** Fewer queries than this are no habit. */
const MIN_NXDOMAIN = 4;

/*
 * Seen: the search list is walked through with NXDOMAIN answers before the name itself exists.
 * Means: several queries and round trips for each lookup of an external name (ndots:5).
 * False positives: none that matter; with ndots:5 a healthy pod gets 75 % NXDOMAIN, so this is
 * information unless it costs time.
 */
function detect(observations: Observations): Finding[] {
  const wasted = dnsWalks(observations).filter(
    (walk) => walk.candidates.length > 1 && exists(walk) && nxdomainOf(walk) > 0,
  );
  const pairs = new Map<string, Walk[]>();
  for (const walk of wasted) {
    const key = `${walk.client} ${walk.server}`;
    pairs.set(key, [...(pairs.get(key) ?? []), walk]);
  }
  return [...pairs.values()].flatMap((walks) => describe(observations, walks));
}

function describe(observations: Observations, walks: readonly Walk[]): Finding[] {
  const [first] = walks;
  const evidence = joinEvidence(
    walks.flatMap((walk) =>
      walk.candidates.flatMap(({ results }) => results.map((result) => result.nxdomain)),
    ),
  );
  if (first === undefined || evidence.count < MIN_NXDOMAIN) return [];
  const queries = walks.reduce((total, walk) => total + queriesOf(walk), 0);
  const addedMs = Math.max(...walks.map(addedBy));
  const unanswered = walks.reduce((total, walk) => total + sum(walk, (result) => result.unanswered.count), 0);
  const slow = addedMs > WARNING_MS || unanswered > 0;
  const names = walks.toSorted((a, b) => nxdomainOf(b) - nxdomainOf(a)).map(({ name }) => name);
  const shown =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  const time = addedMs >= 1 ? `, +${Math.round(addedMs)} ms per lookup` : '';
  return [
    finding(observations, 'dns-search-waste', evidence, {
      severity: slow ? 'warning' : 'info',
      confidence: 'high',
      client: first.client,
      server: endpointText(first.server, 53),
      protocol: dnsProtocol(walks.flatMap(({ candidates }) => candidates.flatMap(({ results }) => results))),
      text: `${evidence.count} of ${queries} queries end in NXDOMAIN because the search list is tried first (${shown})${time}`,
      details: { attempts: queries, walks: walks.slice(0, 16).map(describeWalk), names, addedMs },
    }),
  ];
}

/** Time that the candidates before the good one add: the sum of the median answer times, types asked in parallel. */
function addedBy(walk: Walk): number {
  return walk.candidates.reduce(
    (total, { results }) =>
      total + Math.max(0, ...results.map((result) => result.nxdomainAnswers.medianMs() ?? 0)),
    0,
  );
}

/** D6: the search list multiplies queries. */
export const dnsSearchWaste: Detector = {
  id: 'dns-search-waste',
  severity: 'warning',
  doc: {
    title: 'The search list multiplies DNS queries',
    seen: 'A name is first asked for with each search domain (NXDOMAIN), then as it is (NOERROR).',
    meaning:
      'Each lookup of an external name costs several queries and round trips. It slows programs down only if DNS itself is slow.',
    causes: ['ndots:5, the default of pods, and names with fewer than five dots'],
    misleads: [
      'It is rarely the reason of a failure; it is a warning only if it adds more than 50 ms to a lookup.',
    ],
    next: [
      'write external names with a dot at their end, or set dnsConfig: {options: [{name: ndots, value: "2"}]} in the pod',
    ],
  },
  detect,
};
