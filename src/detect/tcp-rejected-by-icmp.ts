import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, judgedAttempts, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { parseIcmpKey } from './icmp-meaning.ts';

/*
 * Seen: an ICMP "unreachable" that quotes the SYN. Linux ends connect() at once.
 * Means: a router or firewall, not the server, turned the packet away; its address and the code say why.
 * False positives: errors that quote another sequence number (an older connection) and errors that the
 * client's own stack makes are left out before this.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups
    .filter((group) => group.protocol === 'TCP' && group.rejected.count > 0)
    .map((group) => {
      const attempts = judgedAttempts(group);
      const rejected = group.rejected.count;
      const [key = ''] = [...group.icmp.entries()].toSorted((a, b) => b[1] - a[1])[0] ?? [];
      const icmp = parseIcmpKey(key);
      const worksNow = group.lastAnsweredNs > group.rejected.lastNs;
      const share =
        rejected === attempts
          ? attempts === 1
            ? 'the only connection was'
            : `all ${attempts} connections were`
          : `${rejected} of ${attempts} connections were`;
      const later = worksNow ? '; later ones were accepted' : '';
      return finding(observations, 'tcp-rejected-by-icmp', group.rejected, {
        severity: worksNow ? 'warning' : 'error',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `${share} rejected by ICMP "${icmp.meaning}" from ${icmp.sender}${later}`,
        details: { attempts, succeeded: group.answered, icmp },
      });
    });
}

/** C3: connections rejected by an ICMP error. */
export const tcpRejectedByIcmp: Detector = {
  id: 'tcp-rejected-by-icmp',
  severity: 'error',
  doc: {
    title: 'TCP connections are rejected with an ICMP error',
    seen: 'An ICMP "destination unreachable" that quotes the SYN answers it, usually within a millisecond.',
    meaning:
      'A router, node or firewall turned the connection away. Applications report "connection refused" (port unreachable) or "no route to host".',
    causes: [
      'port unreachable from the node or gateway: the Service has no ready endpoint (kube-proxy rejects), or a policy rejects (kube-router, k3s, k0s)',
      'host or communication prohibited: a firewall on a node',
      'host unreachable after about 3 seconds: the endpoint address belongs to no pod any more',
    ],
    misleads: [
      'To the application it looks like a port on which nobody listens; only the packets tell the two apart.',
    ],
    next: [
      'kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=SERVICE',
      'kubectl get networkpolicies -n NAMESPACE',
    ],
  },
  detect,
};
