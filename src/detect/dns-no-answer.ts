import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { dnsFailure, dnsServerUses, shareOfQueries } from './dns-servers.ts';
import type { DnsServerUse } from './dns-servers.ts';
import { clientsThatHear } from './evidence.ts';
import type { Finding } from './finding.ts';

/*
 * Seen: DNS queries without an answer of any kind.
 * Means: the query, or its answer, is dropped; lookups take until the resolver's time-out (5 s by default).
 * False positives: queries younger than 1.5 s at the end, and captures of one direction: where nothing at
 * all comes in for the client, only a query that was repeated proves that it heard nothing.
 */
function detect(observations: Observations): Finding[] {
  const hearing = clientsThatHear(observations);
  return dnsServerUses(observations)
    .filter(
      (use) =>
        observations.bothDirections ||
        hearing.has(use.client) ||
        use.results.some(({ retried }) => retried > 0),
    )
    .map((use) =>
      dnsFailure(observations, use, {
        id: 'dns-no-answer',
        tally: (result) => result.unanswered,
        text: (count, queries, names) =>
          `${shareOfQueries(count, queries)} got no answer (${names})${isLimited(use) ? '; others were rejected by ICMP, which is sent at a limited rate' : ''}`,
        // Linux limits the rate of ICMP errors (net.ipv4.icmp_ratelimit): the silent ones were probably rejected too.
        ...(isLimited(use) ? ({ severity: 'warning', confidence: 'medium' } as const) : {}),
      }),
    )
    .filter((finding) => finding !== undefined);
}

function isLimited(use: DnsServerUse): boolean {
  return use.results.some((result) => result.rejected.count > 0);
}

/** D1: DNS queries without an answer. */
export const dnsNoAnswer: Detector = {
  id: 'dns-no-answer',
  severity: 'error',
  doc: {
    title: 'DNS queries get no answer',
    seen: 'Queries to port 53 are sent, often repeated, and no answer and no ICMP error comes back.',
    meaning: 'Names cannot be resolved, or only after a time-out of several seconds.',
    causes: [
      'an egress NetworkPolicy that does not allow UDP and TCP 53 to the cluster DNS – the most frequent own goal',
      'the way to the node of the DNS pods is broken (forwarding, overlay)',
      'the DNS pods hang or are overloaded',
    ],
    misleads: [
      'Multicast DNS and LLMNR questions need no answer and are not counted.',
      'A DNS Service without endpoints rejects at once: that is dns-port-unreachable.',
    ],
    next: [
      'kubectl get pods -n kube-system -l k8s-app=kube-dns -o wide',
      'kubectl get networkpolicies -n NAMESPACE',
    ],
  },
  detect,
};
