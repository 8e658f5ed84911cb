import type { KubeApi } from '../kube/kube-api.ts';
import type { DnsLogFacts, DnsUpstreamErrorFacts } from './dns-server-facts.ts';
import type { ObjectName, PodFacts, Unreadable } from './facts.ts';
import { asText } from './raw.ts';
import { isForbidden, roleRule, wordsOf } from './read-list.ts';

/** Older lines may be about a fault that is over. */
const SECONDS = 120;
/** A server that crashes says why once, and is then restarted ever more seldom: five minutes at most (kubelet). */
const CRASHED_SECONDS = 900;
const MAX_PODS = 4;
const MAX_BYTES = 524_288;
const MAX_UPSTREAMS = 10;
const MAX_FATAL = 5;

/** "read udp 10.244.2.2:37243->172.30.0.1:53: i/o timeout", "dial tcp 172.30.0.1:53: connect: connection refused". */
const UPSTREAM_ERROR =
  /(?:read|write|dial) (?:udp|tcp)[46]? (?:\S+->)?(\[?[0-9a-fA-F.:]+\]?:\d+): (?:\w+: )?(i\/o timeout|connection refused|no route to host|network is unreachable|connection reset by peer)/;
/** What CoreDNS says before it ends, or when it keeps an old configuration because the new one is bad. */
const FATAL =
  /\[FATAL\] (.+)|\[ERROR\] (Restart failed: .+)|(\S+:\d+ - (?:Error during parsing|Syntax error): .+)|^(plugin\/\w+: .+)/;

/** What the logs of the DNS pods say of the last minutes. Never throws. */
export async function readDnsLogs(
  api: KubeApi,
  pods: readonly PodFacts[],
): Promise<{ readonly logs: DnsLogFacts | null; readonly unreadable: readonly Unreadable[] }> {
  const asked = pods.slice(0, MAX_PODS);
  if (asked.length === 0) return { logs: null, unreadable: [] };
  const reads = await Promise.all(asked.map(async (pod) => await readLog(api, pod)));
  const texts = reads.flatMap((read) => ('text' in read ? [read.text] : []));
  return {
    logs:
      texts.length === 0
        ? null
        : {
            seconds: SECONDS,
            pods: asked.filter((_, at) => 'text' in (reads[at] ?? {})).map(({ name }) => name),
            ...summary(texts),
          },
    unreadable: reads.flatMap((read) => ('text' in read ? [] : [read])),
  };
}

async function readLog(api: KubeApi, pod: PodFacts): Promise<{ readonly text: string } | Unreadable> {
  const seconds = pod.containerProblems.length > 0 ? CRASHED_SECONDS : SECONDS;
  const query = { sinceSeconds: String(seconds), tailLines: '2000', limitBytes: String(MAX_BYTES) };
  try {
    return { text: await api.getText(`${pathOf(pod)}/log`, query, MAX_BYTES) };
  } catch (error) {
    return {
      what: `log of pod ${pod.namespace}/${pod.name}`,
      why: wordsOf(error),
      fix: isForbidden(error) ? roleRule('', 'pods/log', ['get']) : '',
    };
  }
}

function pathOf({ namespace, name }: ObjectName): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

/** Queried names are left out: they may be anybody's. */
function summary(texts: readonly string[]): Pick<DnsLogFacts, 'upstreamErrors' | 'fatal'> {
  const errors = new Map<string, DnsUpstreamErrorFacts>();
  const fatal = new Set<string>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, upstream, problem] = UPSTREAM_ERROR.exec(line) ?? [];
    if (upstream !== undefined && problem !== undefined) {
      const key = `${upstream} ${problem}`;
      const known = errors.get(key);
      if (known !== undefined || errors.size < 1000)
        errors.set(key, { upstream, problem, count: (known?.count ?? 0) + 1 });
      continue;
    }
    const words = FATAL.exec(line)
      ?.slice(1)
      .find((part) => part !== undefined);
    if (words !== undefined && fatal.size < MAX_FATAL) fatal.add(asText(words).slice(0, 300).trim());
  }
  const sorted = [...errors.values()].toSorted(
    (a, b) => b.count - a.count || (a.upstream < b.upstream ? -1 : 1),
  );
  return { upstreamErrors: sorted.slice(0, MAX_UPSTREAMS), fatal: [...fatal] };
}
