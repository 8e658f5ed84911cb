import type { Observations } from '../conversations/observations.ts';
import { Tally } from '../conversations/samples.ts';
import type { Detector } from './detector.ts';
import { dnsFailure, dnsServerUses } from './dns-servers.ts';
import type { DnsServerUse } from './dns-servers.ts';
import { plural } from './evidence.ts';
import type { Finding } from './finding.ts';

const DNS_PORT = 53;
const NONE = new Tally();

/*
 * Seen: an answer with the flag TC (truncated), and neither a query over TCP for that name nor a whole
 * answer within 2 s.
 * Means: the client cannot ask over TCP, or does not know how; it has part of the answer or none.
 * False positives: a capture of UDP only. Where TCP to the server is seen to fail it is certain.
 */
function detect(observations: Observations): Finding[] {
  return dnsServerUses(observations)
    .map((use) => {
      const tcpFails = tcpFailsAt(observations, use);
      return dnsFailure(observations, use, {
        id: 'dns-truncated',
        tally: (result) => result.truncation?.unresolved ?? NONE,
        text: (count, _queries, names) =>
          `${plural(count, 'answer was', 'answers were')} cut short (TC) and ${tcpFails ? 'asking again over TCP failed' : 'nobody asked again over TCP'} (${names})`,
        severity: tcpFails ? 'error' : 'warning',
        confidence: tcpFails ? 'high' : 'medium',
      });
    })
    .filter((finding) => finding !== undefined);
}

function tcpFailsAt(observations: Observations, use: DnsServerUse): boolean {
  return observations.groups.some(
    (group) =>
      group.protocol === 'TCP' &&
      group.port === DNS_PORT &&
      group.client === use.client &&
      group.server === use.server &&
      group.silent.count + group.refused.count + group.rejected.count > 0,
  );
}

/** D7: answers that are cut short and never asked for over TCP. */
export const dnsTruncated: Detector = {
  id: 'dns-truncated',
  severity: 'error',
  doc: {
    title: 'DNS answers are cut short and not asked for over TCP',
    seen: 'Answers over UDP carry the flag TC, and no query over TCP for the name follows within two seconds.',
    meaning:
      'The answer does not fit into a datagram. Without TCP the client gets only some of the records, or none.',
    causes: [
      'a NetworkPolicy or firewall that allows UDP 53 but not TCP 53',
      'a resolver that does not know TCP (musl before 1.2.4, as in older Alpine images)',
      'a headless Service with very many endpoints',
    ],
    misleads: [
      'A capture of UDP alone does not show the queries over TCP.',
      'A whole answer to a later query over UDP (with a larger buffer, EDNS) counts as resolved.',
    ],
    next: [
      'kubectl get networkpolicies -n NAMESPACE -o yaml   (is TCP 53 allowed?)',
      'dig +tcp NAME @SERVER   (in the pod)',
    ],
  },
  detect,
};
