import type { DnsConfigFacts, DnsUpstreamErrorFacts } from '../cluster/dns-server-facts.ts';
import {
  asksClusterDns,
  editCommand,
  isExternal,
  isItself,
  lineText,
  logCommand,
  ownersOf,
} from './dns-questions.ts';
import { count, listed, packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { forwardTargets, wayOf } from './name-way.ts';
import { plainData } from './plain.ts';

const SYMPTOMS: ReadonlySet<string> = new Set(['dns-servfail', 'dns-no-answer']);

/** The server that the cluster's DNS asks about names outside the cluster does not answer it. */
export const corednsUpstreamDead: Explainer = {
  id: 'coredns-upstream-dead',
  doc: {
    title: 'The DNS server behind the cluster’s DNS does not answer',
    meaning:
      'The cluster’s DNS (CoreDNS) answers names of the cluster itself and forwards all others, usually to the servers in its node’s /etc/resolv.conf. Those do not answer it, so every name outside the cluster ends in SERVFAIL or in silence, while Services are found as ever.',
    recognition:
      'Questions about names that the Corefile forwards end in SERVFAIL or without an answer, others are answered by the same server in the same capture, and none that is forwarded there is. The DNS pods’ log names the server and the error; with it the cause is certain.',
    caveats:
      'One single domain that fails may have broken name servers of its own (then only possible). Without the log, a NetworkPolicy or firewall before the DNS pods, which keeps them from their upstream, looks the same.',
    fix: 'Make the upstream servers reachable from the DNS pods’ nodes (UDP and TCP 53), or name others in the Corefile’s forward line.',
  },
  explain(situation: Situation): Explained {
    const concerned = situation.findings
      .filter((placed) => SYMPTOMS.has(placed.finding.id) && asksClusterDns(placed, situation))
      .flatMap((placed) => forwardedNames(placed, situation));
    if (concerned.length === 0) return { causes: [], unknowns: [] };
    const cause = judge(concerned, situation);
    const canRead = (situation.facts.dnsServer?.logs ?? null) !== null;
    return {
      causes: cause === null ? [] : [cause],
      unknowns:
        cause === null || canRead
          ? []
          : [
              {
                what: 'what the DNS pods say of their upstream servers',
                why: 'their log was not read',
                next: logCommand(situation),
              },
            ],
    };
  },
};

/** A finding with those of its names that are forwarded. */
interface Forwarded {
  readonly placed: PlacedFinding;
  readonly names: readonly string[];
  /** "address:port" or a file; empty where the configuration is not known. */
  readonly targets: readonly string[];
}

/** Nothing if a failed name is not forwarded: then something else is wrong as well, or instead. */
function forwardedNames(placed: PlacedFinding, situation: Situation): Forwarded[] {
  const names = plainData(placed.finding.details.names ?? []);
  if (names.length === 0 || !names.every((name) => isExternal(name, situation.facts))) return [];
  const targets = targetsOf(names, situation);
  return targets === null || targets.some((target) => isItself(target, situation))
    ? []
    : [{ placed, names, targets }];
}

/** Where the names are forwarded to; null if not all of them are. */
function targetsOf(names: readonly string[], { facts }: Situation): string[] | null {
  const config = facts.dnsServer?.config ?? null;
  if (config === null) return [];
  const ways = names.map((name) => wayOf(config, name));
  if (!ways.every(({ kind }) => kind === 'forward' || kind === 'unknown')) return null;
  return [
    ...new Set(ways.flatMap((way) => (way.kind === 'forward' ? forwardTargets(way.plugin) : []))),
  ].toSorted();
}

function judge(concerned: readonly Forwarded[], situation: Situation): DraftCause | null {
  const names = [...new Set(concerned.flatMap((one) => one.names))];
  const targets = [...new Set(concerned.flatMap((one) => one.targets))];
  const answered = answeredNames(concerned, situation);
  const errors = errorsOf(targets, situation);
  const confidence = confidenceOf(concerned, names, answered, errors);
  const config = situation.facts.dnsServer?.config ?? null;
  const where = errors.length > 0 ? errors.map(({ upstream }) => upstream) : targets;
  const servers =
    where.length === 0
      ? 'the server to which the cluster’s DNS forwards them'
      : `${listed(distinct(where))}, to which the cluster’s DNS forwards them,`;
  return {
    confidence,
    findingIndexes: concerned.map(({ placed }) => placed.index),
    text: `Names outside the cluster fail: ${servers} ${distinct(where).length > 1 ? 'do' : 'does'} not answer`,
    evidence: [
      ...concerned.map(({ placed }) => packets(placed)),
      ...errors.map(
        ({ upstream, problem, count: times }) =>
          `log of the DNS pods, last ${situation.facts.dnsServer?.logs?.seconds ?? 0} s: ${upstream}: ${problem}, ${count(times, 'time')}`,
      ),
      ...forwardLines(names, config),
      ...clusterNamesLine(concerned, situation),
      ...(answered.length === 0
        ? []
        : [`names that are forwarded as well were answered: ${listed(answered)}`]),
    ],
    fix: fixText(config),
    next: logCommand(situation),
  };
}

function fixText(config: DnsConfigFacts | null): string {
  return [
    'see that the DNS pods’ nodes reach these servers (UDP and TCP port 53), or name others in the forward line:',
    config === null ? 'kubectl edit configmap coredns -n kube-system' : editCommand(config),
  ].join('\n');
}

/** Names of the same way that were answered: the server behind it is not dead altogether. */
function answeredNames(concerned: readonly Forwarded[], { facts }: Situation): string[] {
  const config = facts.dnsServer?.config ?? null;
  const all = concerned.flatMap(({ placed }) => plainData(placed.finding.details.answeredNames ?? []));
  return distinct(all)
    .filter((name) => isExternal(name, facts))
    .filter((name) => config === null || ['forward', 'unknown'].includes(wayOf(config, name).kind));
}

/** What the log says of these servers; of all where a file names them. */
function errorsOf(targets: readonly string[], { facts }: Situation): readonly DnsUpstreamErrorFacts[] {
  const errors = facts.dnsServer?.logs?.upstreamErrors ?? [];
  const areKnown = targets.length > 0 && targets.every((target) => /:\d+$/.test(target));
  return errors.filter(({ upstream }) => !areKnown || targets.includes(upstream)).slice(0, 3);
}

function confidenceOf(
  concerned: readonly Forwarded[],
  names: readonly string[],
  answered: readonly string[],
  errors: readonly DnsUpstreamErrorFacts[],
): CauseConfidence {
  if (answered.length > 0) return 'possible';
  const isServerAlive = concerned.some(
    ({ placed }) => placed.finding.id === 'dns-servfail' || (placed.finding.details.succeeded ?? 0) > 0,
  );
  if (!isServerAlive) return 'possible';
  if (errors.length > 0) return isProven(concerned, names, errors) ? 'certain' : 'likely';
  return ownersOf(names).length > 1 ? 'likely' : 'possible';
}

/** Each failure has its line in the log; a few lines may be about other names than the one that fails. */
function isProven(
  concerned: readonly Forwarded[],
  names: readonly string[],
  errors: readonly DnsUpstreamErrorFacts[],
): boolean {
  const failed = concerned.filter(({ placed }) => placed.finding.id === 'dns-servfail');
  const logged = errors.reduce((sum, { count: times }) => sum + times, 0);
  const seen = failed.reduce((sum, { placed }) => sum + placed.finding.count, 0);
  return failed.length > 0 && (logged >= seen || (ownersOf(names).length > 1 && logged >= names.length));
}

function forwardLines(names: readonly string[], config: DnsConfigFacts | null): string[] {
  if (config === null) return [];
  const lines = names.flatMap((name) => {
    const way = wayOf(config, name);
    return way.kind === 'forward'
      ? [lineText(config, way.plugin.line, ['forward', ...way.plugin.arguments])]
      : [];
  });
  return distinct(lines).slice(0, 3);
}

function clusterNamesLine(concerned: readonly Forwarded[], { facts }: Situation): string[] {
  const own = distinct(
    concerned.flatMap(({ placed }) => plainData(placed.finding.details.answeredNames ?? [])),
  ).filter((name) => !isExternal(name, facts));
  return own.length === 0 ? [] : [`the same server answered names of the cluster: ${listed(own)}`];
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
