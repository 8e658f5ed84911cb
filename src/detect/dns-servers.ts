import { endpointText } from '../conversations/address.ts';
import type { DnsName } from '../conversations/dns-names.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Tally } from '../conversations/samples.ts';
import { finding, joinEvidence } from './evidence.ts';
import type { Finding, FindingConfidence, FindingDetails, FindingId, Severity } from './finding.ts';

/** Share of failing queries from which lookups fail rather than stumble. */
const ERROR_SHARE = 0.05;

/** All queries of one client to one server. */
export interface DnsServerUse {
  readonly client: string;
  readonly server: string;
  readonly results: readonly DnsName[];
  readonly queries: number;
}

/** The queries by client and server. */
export function dnsServerUses(observations: Observations): DnsServerUse[] {
  const uses = new Map<string, DnsName[]>();
  for (const result of observations.dns) {
    const key = `${result.client} ${result.server}`;
    const results = uses.get(key);
    if (results === undefined) uses.set(key, [result]);
    else results.push(result);
  }
  return [...uses.values()].map((results) => ({
    client: (results[0] as DnsName).client,
    server: (results[0] as DnsName).server,
    results,
    queries: results.reduce((total, result) => total + result.queries - result.pending, 0),
  }));
}

/** What most of the queries came by. */
export function dnsProtocol(results: readonly DnsName[]): 'TCP' | 'UDP' {
  const overTcp = results.reduce((total, result) => total + result.overTcp, 0);
  const queries = results.reduce((total, result) => total + result.queries, 0);
  return overTcp * 2 > queries ? 'TCP' : 'UDP';
}

/** What differs between the findings about one server's failures. */
export interface DnsFailure {
  readonly id: FindingId;
  tally(result: DnsName): Tally;
  text(count: number, queries: number, names: string): string;
  readonly confidence?: FindingConfidence;
  readonly severity?: Severity;
  details?(use: DnsServerUse): FindingDetails;
}

/** One finding for a server some of whose answers fail in one way; undefined if none does. */
export function dnsFailure(
  observations: Observations,
  use: DnsServerUse,
  failure: DnsFailure,
): Finding | undefined {
  const failed = use.results.filter((result) => failure.tally(result).count > 0);
  if (failed.length === 0) return undefined;
  const evidence = joinEvidence(failed.map((result) => failure.tally(result)));
  const byCount = failed.toSorted((a, b) => failure.tally(b).count - failure.tally(a).count);
  const names = [...new Set(byCount.map((result) => observations.names.text(result.nameId)))];
  const shown =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return finding(observations, failure.id, evidence, {
    severity: failure.severity ?? (evidence.count / use.queries >= ERROR_SHARE ? 'error' : 'warning'),
    confidence: failure.confidence ?? 'high',
    client: use.client,
    server: endpointText(use.server, 53),
    protocol: dnsProtocol(failed),
    text: failure.text(evidence.count, use.queries, shown),
    details: {
      attempts: use.queries,
      succeeded: use.results.reduce(
        (total, result) => total + result.noError + result.noData + result.nxdomain.count,
        0,
      ),
      names: names.slice(0, 16),
      ...answeredNames(observations, use),
      ...failure.details?.(use),
    },
  });
}

function answeredNames(observations: Observations, use: DnsServerUse): Pick<FindingDetails, 'answeredNames'> {
  const answered = use.results.filter((result) => result.noError + result.noData > 0);
  const names = [...new Set(answered.map((result) => observations.names.text(result.nameId)))];
  return names.length === 0 ? {} : { answeredNames: names.slice(0, 16) };
}

/** "all 12 queries", "3 of 40 queries"; with a verb, "the only query was". */
export function shareOfQueries(count: number, queries: number, verb: '' | 'were' = ''): string {
  const inflected = verb === '' ? '' : count === 1 ? ' was' : ' were';
  if (count === queries)
    return queries === 1 ? `the only query${inflected}` : `all ${queries} queries${inflected}`;
  return `${count} of ${queries} queries${inflected}`;
}
