import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { dnsFailure, dnsServerUses, shareOfQueries } from './dns-servers.ts';
import type { DnsServerUse } from './dns-servers.ts';
import type { Finding } from './finding.ts';
import { parseIcmpKey } from './icmp-meaning.ts';

/*
 * Seen: ICMP "unreachable" that quotes a query to port 53.
 * Means: nobody serves DNS at that address; lookups fail at once.
 * False positives: errors that the client itself sends about a late answer quote a packet *from* port 53
 * and are not counted.
 */
function detect(observations: Observations): Finding[] {
  return dnsServerUses(observations)
    .map((use) =>
      dnsFailure(observations, use, {
        id: 'dns-port-unreachable',
        tally: (result) => result.rejected,
        text: (count, queries, names) => {
          const icmp = icmpOf(use);
          return `${shareOfQueries(count, queries, 'were')} rejected by ICMP "${icmp.meaning}" from ${icmp.sender} (${names})`;
        },
        details: () => ({ icmp: icmpOf(use) }),
      }),
    )
    .filter((finding) => finding !== undefined);
}

function icmpOf(use: DnsServerUse): ReturnType<typeof parseIcmpKey> {
  const [key = ''] = use.results.flatMap((result) => [...result.icmp]);
  return parseIcmpKey(key);
}

/** D10: nobody serves DNS at the address that is asked. */
export const dnsPortUnreachable: Detector = {
  id: 'dns-port-unreachable',
  severity: 'error',
  doc: {
    title: 'DNS queries are rejected: nobody serves DNS there',
    seen: 'An ICMP "unreachable" that quotes the query answers it.',
    meaning:
      'Every lookup fails at once. The sender of the ICMP error tells where: the gateway or node rejects for a Service without endpoints.',
    causes: [
      'the cluster DNS has no ready pod (scaled to zero, crashing, not scheduled)',
      'a wrong nameserver in the pod’s resolv.conf',
      'a policy that rejects',
    ],
    misleads: [
      'An ICMP error that the client sends about an answer that came too late is a sign of slow DNS, and is not counted here.',
    ],
    next: [
      'kubectl get endpointslices -n kube-system -l kubernetes.io/service-name=kube-dns',
      'kubectl get pods -n kube-system -l k8s-app=kube-dns',
    ],
  },
  detect,
};
