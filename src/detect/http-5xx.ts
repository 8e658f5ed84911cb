import type { ApplicationEvent } from '../applications/events.ts';
import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, serverOf } from './evidence.ts';
import type { Finding, FindingDetails } from './finding.ts';
import {
  countedValues,
  countOf,
  exchangesOf,
  inBrackets,
  isFrequent,
  namedRequests,
  shareOf,
} from './http-requests.ts';

/** Statuses with which a proxy says that its upstream failed (RFC 9110 §15.6.3 to §15.6.5). */
const UPSTREAM_STATUSES: readonly number[] = [502, 503, 504];
const PROXIES: readonly string[] = ['envoy', 'istio-envoy', 'nginx', 'haproxy'];
/** What the server does not do for anybody: the client asked for something odd. */
const ODD_REQUEST_STATUSES: readonly number[] = [501, 505];

/*
 * Seen: responses with a status of 500 or more; probes of the kubelet are another finding.
 * Means: the network carried the request and the response; the server, or what is behind it, failed.
 * False positives: 501 and 505 answer to clients that ask for odd things (warning). 4xx is no fault of the server.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const exchanges = exchangesOf(group, false);
    const failed = exchanges.filter(({ fields }) => Number(fields['status'] ?? 0) >= 500);
    return failed.length === 0 ? [] : [describe(observations, group, failed, countOf(exchanges))];
  });
}

function describe(
  observations: Observations,
  group: Group,
  failed: readonly ApplicationEvent[],
  total: number,
): Finding {
  const evidence = joinEvidence(failed);
  const isOdd = failed.every(({ fields }) => ODD_REQUEST_STATUSES.includes(Number(fields['status'])));
  const statuses = countedValues(failed, ({ status }) => String(status));
  const failure = evidence.count === 1 ? 'a server error' : 'server errors';
  const share =
    total === 1
      ? 'the only response is'
      : `${shareOf(evidence.count, total, 'response')} ${evidence.count === 1 ? 'is' : 'are'}`;
  return finding(observations, 'http-5xx', evidence, {
    severity: isFrequent(evidence.count, total) && !isOdd ? 'error' : 'warning',
    confidence: 'high',
    client: group.client,
    server: serverOf(group),
    protocol: 'TCP',
    text: `${share} ${failure}: ${statuses}${inBrackets(namedRequests(failed))}${proxyWords(failed)}`,
    details: { attempts: total, succeeded: total - evidence.count, ...failedRequests(failed) },
  });
}

const MAX_REQUESTS = 8;

function failedRequests(failed: readonly ApplicationEvent[]): Pick<FindingDetails, 'requests'> {
  const requests = failed
    .filter(({ fields }) => (fields['method'] ?? '') !== '')
    .map(({ fields, count }) => ({
      method: String(fields['method']),
      host: String(fields['host'] ?? ''),
      path: String(fields['path'] ?? ''),
      status: Number(fields['status']),
      count,
    }));
  const sorted = requests.toSorted((a, b) => b.count - a.count);
  return sorted.length === 0 ? {} : { requests: sorted.slice(0, MAX_REQUESTS) };
}

function proxyWords(failed: readonly ApplicationEvent[]): string {
  for (const { fields } of failed) {
    if (!UPSTREAM_STATUSES.includes(Number(fields['status']))) continue;
    const server = String(fields['server'] ?? '').toLowerCase();
    const proxy = PROXIES.find((name) => server === name || server.startsWith(`${name}/`));
    const says = String(fields['says'] ?? '');
    if (proxy === undefined && says === '') continue;
    return `; it is the proxy ${proxy === undefined ? '' : `${proxy} `}that answers, because its upstream failed${says === '' ? '' : `: "${says}"`}`;
  }
  return '';
}

/** H1: server errors. */
export const http5xx: Detector = {
  id: 'http-5xx',
  severity: 'error',
  doc: {
    title: 'A server answers HTTP requests with errors',
    seen: 'Responses have a status of 500 or more.',
    meaning:
      'Request and response crossed the network. The server failed, or it is a proxy (an ingress, a gateway, a mesh) that could not reach what is behind it: then look at the connections of the proxy.',
    causes: [
      'a proxy without ready endpoints for the Service behind it (503, "no healthy upstream")',
      'the connection from the proxy to the pod fails or is reset (502, "upstream connect error")',
      'the pod takes longer than the proxy waits (504)',
      'the program fails (500): its own log says why',
    ],
    misleads: [
      'Statuses 501 and 505 answer to clients that ask for something odd; they are a warning.',
      'Statuses from 400 to 499 are the client’s matter and no finding.',
      'Inside TLS no status can be seen.',
    ],
    next: [
      'kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=SERVICE',
      'kubectl logs -n NAMESPACE POD --since=10m',
    ],
  },
  detect,
};
