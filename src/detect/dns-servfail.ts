import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { dnsFailure, dnsServerUses, shareOfQueries } from './dns-servers.ts';
import type { Finding } from './finding.ts';

/*
 * Seen: answers with the code SERVFAIL.
 * Means: the DNS server was reached but could not get the answer itself.
 */
function detect(observations: Observations): Finding[] {
  return dnsServerUses(observations)
    .map((use) =>
      dnsFailure(observations, use, {
        id: 'dns-servfail',
        tally: (result) => result.servfail,
        text: (count, queries, names) => `${shareOfQueries(count, queries)} failed with SERVFAIL (${names})`,
      }),
    )
    .filter((finding) => finding !== undefined);
}

/** D3: the DNS server fails. */
export const dnsServfail: Detector = {
  id: 'dns-servfail',
  severity: 'error',
  doc: {
    title: 'The DNS server answers SERVFAIL',
    seen: 'Queries are answered with the code SERVFAIL (2).',
    meaning:
      'The DNS server works but could not find out the answer: the servers it forwards to do not answer, or their answers are not valid.',
    causes: [
      'the upstream resolver of CoreDNS (forward) is not reachable',
      'a loop in forwarding',
      'DNSSEC validation fails upstream',
    ],
    misleads: ['Names inside the cluster are usually not concerned.'],
    next: [
      'kubectl logs -n kube-system -l k8s-app=kube-dns --tail=50',
      "kubectl get configmap coredns -n kube-system -o jsonpath='{.data.Corefile}'",
    ],
  },
  detect,
};
