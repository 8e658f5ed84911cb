import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

/** So many different addresses and ports without success in this time are no ordinary client. */
const MIN_TARGETS = 20;
const WINDOW_NS = 60e9;

/*
 * Seen: one client tries different addresses and ports within a minute, and 20 or more of them refuse, reject
 * or do not answer the only SYN.
 * Means: somebody looks for open ports, or a program tries one address after the other.
 * False positives: where the network is gone as a whole a client repeats its SYNs; those are not counted here.
 * The failures themselves stay findings of their own, put together for that client.
 */
function detect(observations: Observations): Finding[] {
  const byClient = Map.groupBy(observations.groups.filter(isTried), ({ client }) => client);
  return [...byClient].flatMap(([client, tried]) => {
    const run = longestRun(tried);
    if (run.filter(isTriedOnce).length < MIN_TARGETS) return [];
    const evidence = joinEvidence(
      run.flatMap(({ silent, refused, rejected }) => [silent, refused, rejected]),
    );
    const hosts = [...new Set(run.map(({ server }) => server))];
    const [host = '*'] = hosts;
    const where = hosts.length === 1 ? `on ${host}` : `on ${hosts.length} addresses`;
    const seconds = Math.ceil((evidence.lastNs - evidence.firstNs) / 1e9);
    return finding(
      observations,
      'connection-scan',
      { ...evidence, count: run.length },
      {
        severity: 'warning',
        confidence: 'medium',
        client,
        server: hosts.length === 1 ? host : '*',
        protocol: 'TCP',
        text: `${run.length} different ports ${where} tried within ${plural(seconds, 'second')}, none answered: a scan, or a program that tries one after the other`,
        details: { attempts: run.length, succeeded: 0 },
      },
    );
  });
}

function isTried(group: Group): boolean {
  if (group.protocol !== 'TCP' || group.client === '*' || group.server === '*' || group.answered > 0)
    return false;
  return group.silent.count + group.refused.count + group.rejected.count > 0;
}

function isTriedOnce(group: Group): boolean {
  return group.silentSingles + group.refused.count + group.rejected.count > 0;
}

/** Most groups that begin within one window, in the order of their beginnings. */
function longestRun(groups: readonly Group[]): Group[] {
  const sorted = groups.toSorted((a, b) => a.firstNs - b.firstNs);
  let best = { from: 0, length: 0 };
  let from = 0;
  for (const [to, group] of sorted.entries()) {
    while (group.firstNs - (sorted[from] as Group).firstNs > WINDOW_NS) from++;
    if (to + 1 - from > best.length) best = { from, length: to + 1 - from };
  }
  return sorted.slice(best.from, best.from + best.length);
}

/** C10: one client tries very many addresses and ports. */
export const connectionScan: Detector = {
  id: 'connection-scan',
  severity: 'warning',
  doc: {
    title: 'One client tries many addresses and ports',
    seen: 'Different addresses and ports are tried within a minute; none accepts, and twenty or more refuse or are not tried by a second SYN.',
    meaning:
      'Somebody looks for open ports, or a program goes through a list of addresses that are all wrong.',
    causes: [
      'a port scanner, or a security check of the cluster',
      'a service discovery that knows only stale addresses',
      'a client that tries port after port',
    ],
    misleads: [
      'The refused and silent attempts of the scan are put together into one finding each; they tell nothing about the network.',
    ],
    next: [
      'kubectl get pods -A -o wide --field-selector status.podIP=CLIENT',
      'kubectl logs POD -n NAMESPACE',
    ],
  },
  detect,
};
