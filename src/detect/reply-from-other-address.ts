import { endpointText } from '../conversations/address.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, judgedAttempts, plural, serverOf } from './evidence.ts';
import { dnsProtocol } from './dns-servers.ts';
import type { Finding } from './finding.ts';

/*
 * Seen: the SYN goes to one address, the SYN-ACK that acknowledges it comes from another; the client
 * resets it. Or a DNS answer with the query's id, name and port comes from another server.
 * Means: the destination was rewritten on the way out and not on the way back.
 * False positives: where both addresses have a conversation of their own (a capture on a node shows the
 * packets before and after rewriting), the SYN-ACK belongs to that one and does not count here.
 */
function detect(observations: Observations): Finding[] {
  const tcp = observations.groups
    .filter((group) => group.answeredByOther.count > 0)
    .map((group) => {
      const attempts = judgedAttempts(group);
      const others = [...group.others];
      return finding(observations, 'reply-from-other-address', group.answeredByOther, {
        severity: 'error',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `${group.answeredByOther.count} of ${plural(attempts, 'connection')} ${attempts === 1 ? 'was' : 'were'} answered by ${others.join(', ')} instead, which the client resets`,
        details: { attempts, succeeded: group.answered, answeredBy: others },
      });
    });
  const dns = observations.dns
    .filter((name) => name.answeredByOther.count > 0)
    .map((name) =>
      finding(observations, 'reply-from-other-address', name.answeredByOther, {
        severity: 'error',
        confidence: 'high',
        client: name.client,
        server: endpointText(name.server, 53),
        protocol: dnsProtocol([name]),
        text: `${plural(name.answeredByOther.count, 'DNS query was', 'DNS queries were')} answered by ${[...name.others].join(', ')} instead`,
        details: {
          attempts: name.queries,
          answeredBy: [...name.others],
          names: [observations.names.text(name.nameId)],
        },
      }),
    );
  return [...tcp, ...dns];
}

/** C6: answers that come from an address that was not asked. */
export const replyFromOtherAddress: Detector = {
  id: 'reply-from-other-address',
  severity: 'error',
  doc: {
    title: 'The answer comes from another address than the one that was asked',
    seen: 'A SYN-ACK that acknowledges the client’s SYN arrives from an address that was not dialled, and the client answers it with a reset.',
    meaning:
      'The address of the Service was translated on the way out, but the answer came back without the reverse translation. The client never connects.',
    causes: [
      'net.bridge.bridge-nf-call-iptables=0 on a node whose pods share a bridge: client and endpoint are on that node',
      'a hairpin connection without masquerading, direct server return, or stale connection tracking',
    ],
    misleads: [
      'With a CNI that load-balances at the socket (Cilium) the Service address is never on the wire; there this finding cannot arise.',
    ],
    next: [
      'sysctl net.bridge.bridge-nf-call-iptables   (on the node)',
      'lsmod | grep br_netfilter   (on the node)',
    ],
  },
  detect,
};
