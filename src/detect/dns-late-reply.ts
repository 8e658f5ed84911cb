import type { IcmpErrors } from '../conversations/icmp-errors.ts';
import { IcmpNews } from '../conversations/icmp-errors.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding } from './finding.ts';
import { quotedFlow } from './icmp-flows.ts';

const DNS_PORT = 53;

/*
 * Seen: a DNS client answers the server's answer with an ICMP "port unreachable".
 * Means: the client had given up, or had the answer from another server, and closed its socket.
 */
function detect(observations: Observations): Finding[] {
  return observations.icmpErrors.filter(isLate).map((errors) => {
    const { client, server, protocol } = quotedFlow(errors);
    return finding(observations, 'dns-late-reply', errors.tally, {
      severity: 'info',
      confidence: 'medium',
      client,
      server,
      protocol,
      text: `${plural(errors.tally.count, 'DNS answer')} came when the client no longer waited`,
      details: {},
    });
  });
}

function isLate(errors: IcmpErrors): boolean {
  if (errors.news !== IcmpNews.Unreachable || errors.protocol !== 17) return false;
  return errors.quotesReply && errors.sourcePort === DNS_PORT && errors.sender === errors.target;
}

/** D11: DNS answers for which nobody waits any more. */
export const dnsLateReply: Detector = {
  id: 'dns-late-reply',
  severity: 'info',
  doc: {
    title: 'DNS answers come when the client no longer waits',
    seen: 'The client answers DNS answers with an ICMP "port unreachable": it has closed the socket from which it asked.',
    meaning:
      'The answer took longer than the client waits, or the client asked several servers and took the first answer.',
    causes: [
      'the DNS server is slow: CPU limit of CoreDNS, slow upstream resolver',
      'the program asks several servers at once, or was ended',
    ],
    misleads: ['The port that is unreachable is the one of the client, not the one of the DNS server.'],
    next: [
      'kubectl top pods -n kube-system -l k8s-app=kube-dns',
      'kubectl logs -n kube-system -l k8s-app=kube-dns --tail=50',
    ],
  },
  detect,
};
