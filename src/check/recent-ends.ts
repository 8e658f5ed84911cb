import type { Facts, PodFacts } from '../cluster/facts.ts';
import { count, path } from '../explain/evidence.ts';
import { command } from '../explain/paste.ts';

/** The kubelet's longest pause before it starts a container again (CrashLoopBackOff). */
const RECENT_MS = 300_000;

/** A server that ends now and then. */
export interface RecentEnd {
  /** "container app of pod shop/ledger ended at … (Error, exit status 3), 4 restarts in all". */
  readonly text: string;
  /** The next command to run; may be empty. */
  readonly next: string;
}

/** A container of the pods that ended minutes ago, the latest; null: none did. It takes connections only until it ends again. */
export function recentEnd(
  pods: readonly PodFacts[],
  { collectedAt }: Pick<Facts, 'collectedAt'>,
): RecentEnd | null {
  const ends = pods.flatMap((pod) =>
    (pod.life?.containers ?? []).flatMap(({ name, lastEnd, restarts }) =>
      lastEnd !== null && Date.parse(lastEnd.at) >= Date.parse(collectedAt) - RECENT_MS
        ? [{ pod, name, lastEnd, restarts }]
        : [],
    ),
  );
  const [latest] = ends.toSorted((a, b) => Date.parse(b.lastEnd.at) - Date.parse(a.lastEnd.at));
  if (latest === undefined) return null;
  const { pod, name, lastEnd, restarts } = latest;
  const how = `${lastEnd.reason === '' ? 'no reason given' : lastEnd.reason}, exit status ${lastEnd.exitCode}`;
  return {
    text: `container ${name} of pod ${path(pod)} ended at ${lastEnd.at} (${how}), ${count(restarts, 'restart')} in all`,
    next: command(
      [pod.name, pod.namespace, name],
      `kubectl logs ${pod.name} -n ${pod.namespace} -c ${name} --previous --tail=50`,
    ),
  };
}
