import type { DnsName } from '../conversations/dns-names.ts';
import type { Observations } from '../conversations/observations.ts';
import { dnsTypeName } from '../dissect/dns.ts';
import type { DnsWalk } from './finding.ts';

/*
 * A resolver with a search list asks for one name several times: "api.shop.svc.cluster.local",
 * "api.svc.cluster.local", "api.cluster.local", "api" (resolv.conf(5), ndots). Such a walk is one
 * question; an NXDOMAIN within it says nothing as long as another candidate exists.
 */

/** The lookups of one name by one client at one server, all its candidates together. */
export interface Walk {
  readonly client: string;
  readonly server: string;
  /** The name as the application asked for it. */
  readonly name: string;
  /** In the order in which they were first asked. */
  readonly candidates: readonly Candidate[];
}

/** One name on the wire, its record types together. */
export interface Candidate {
  readonly name: string;
  readonly results: readonly DnsName[];
}

/** Groups all names that were asked for into walks. */
export function dnsWalks(observations: Observations): Walk[] {
  const byPair = new Map<string, { client: string; server: string; names: Map<string, DnsName[]> }>();
  for (const result of observations.dns) {
    const key = `${result.client} ${result.server}`;
    const pair = byPair.get(key) ?? {
      client: result.client,
      server: result.server,
      names: new Map<string, DnsName[]>(),
    };
    byPair.set(key, pair);
    const name = observations.names.text(result.nameId);
    const results = pair.names.get(name);
    if (results === undefined) pair.names.set(name, [result]);
    else results.push(result);
  }
  return [...byPair.values()].flatMap(({ client, server, names }) => {
    const bases = new Map<string, Candidate[]>();
    const missing = missingInNamespace(names);
    for (const [name, results] of names) {
      const base = baseOf(name, names, missing);
      const candidates = bases.get(base) ?? [];
      bases.set(base, candidates);
      candidates.push({ name, results });
    }
    // The last candidate of one walk may be the whole name of another.
    for (const [base, candidates] of bases) {
      const results = names.get(base);
      if (results !== undefined && !candidates.some(({ name }) => name === base))
        candidates.push({ name: base, results });
    }
    return [...bases].map(([name, candidates]) => ({
      client,
      server,
      name,
      candidates: candidates.toSorted((a, b) => firstNs(a) - firstNs(b)),
    }));
  });
}

/** Whether any candidate exists (NOERROR, with or without records of that type). */
export function exists(walk: Walk): boolean {
  return walk.candidates.some(({ results }) => results.some((result) => result.noError + result.noData > 0));
}

export function queriesOf(walk: Walk): number {
  return sum(walk, (result) => result.queries);
}

export function nxdomainOf(walk: Walk): number {
  return sum(walk, (result) => result.nxdomain.count);
}

/** Adds up a count over all results of a walk. */
export function sum(walk: Walk, count: (result: DnsName) => number): number {
  return walk.candidates.reduce(
    (total, { results }) => total + results.reduce((part, result) => part + count(result), 0),
    0,
  );
}

/** The walk as a finding carries it. */
export function describeWalk(walk: Walk): DnsWalk {
  const types = new Set(
    walk.candidates.flatMap(({ results }) => results.map((result) => dnsTypeName(result.type))),
  );
  return {
    name: walk.name,
    candidates: walk.candidates.map(({ name }) => name),
    types: [...types].toSorted(),
    queries: queriesOf(walk),
    nxdomain: nxdomainOf(walk),
  };
}

function firstNs(candidate: Candidate): number {
  return Math.min(...candidate.results.map((result) => result.firstNs));
}

/** "NAME.NAMESPACE.svc.ZONE" in its parts, once for each label "svc". */
function* asServices(name: string): Generator<{ base: string; namespace: string; zone: string }> {
  const labels = name.split('.');
  for (let svc = 2; svc < labels.length - 1; svc++) {
    if (labels[svc] !== 'svc') continue;
    const base = labels.slice(0, svc - 1).join('.');
    yield { base, namespace: labels[svc - 1] as string, zone: labels.slice(svc + 1).join('.') };
  }
}

/** By "NAME ZONE": the namespaces in which a name was asked for and does not exist. */
function missingInNamespace(names: ReadonlyMap<string, readonly DnsName[]>): Map<string, Set<string>> {
  const missing = new Map<string, Set<string>>();
  for (const [name, results] of names) {
    if (isAnswered(results)) continue;
    for (const { base, namespace, zone } of asServices(name)) {
      const key = `${base} ${zone}`;
      missing.set(key, (missing.get(key) ?? new Set<string>()).add(namespace));
    }
  }
  return missing;
}

function isAnswered(results: readonly DnsName[]): boolean {
  return results.some((result) => result.noError + result.noData > 0);
}

/**
 * The name that the application asked for. Either it was asked for as it is as well, then it is a prefix of
 * this one at a label; or the candidates share the domains of a pod's search list, NS.svc.ZONE, svc.ZONE, ZONE.
 * A walk ends at the first candidate that exists: a service of that name in another namespace than the one
 * that was searched in vain was asked for by its own name.
 */
function baseOf(
  name: string,
  names: ReadonlyMap<string, readonly DnsName[]>,
  missing: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  const labels = name.split('.');
  const others = new Set<string>();
  if (isAnswered(names.get(name) ?? []))
    for (const { base, namespace, zone } of asServices(name)) {
      const elsewhere = missing.get(`${base} ${zone}`);
      if (elsewhere !== undefined && !elsewhere.has(namespace)) others.add(base);
    }
  for (let count = 1; count < labels.length; count++) {
    const prefix = labels.slice(0, count).join('.');
    if (names.has(prefix) && !others.has(prefix)) return prefix;
  }
  for (let svc = 1; svc < labels.length - 1; svc++) {
    if (labels[svc] !== 'svc') continue;
    const zone = labels.slice(svc + 1).join('.');
    // "BASE.svc.ZONE" after "BASE.NS.svc.ZONE" in vain, or "BASE.NS.svc.ZONE" whose "BASE.svc.ZONE" was asked for too.
    const whole = labels.slice(0, svc).join('.');
    const withoutNamespace = labels.slice(0, svc - 1).join('.');
    const isOwn = withoutNamespace !== '' && !others.has(withoutNamespace);
    if (isOwn && names.has(`${withoutNamespace}.svc.${zone}`)) return withoutNamespace;
    if (names.has(`${whole}.${zone}`) || missing.has(`${whole} ${zone}`)) return whole;
  }
  return name;
}
