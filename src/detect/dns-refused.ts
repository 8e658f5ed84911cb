import type { DnsName } from '../conversations/dns-names.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Tally } from '../conversations/samples.ts';
import type { Detector } from './detector.ts';
import { dnsFailure, dnsServerUses, shareOfQueries } from './dns-servers.ts';
import type { Finding } from './finding.ts';

/*
 * Seen: answers with the codes REFUSED, NOTIMP or FORMERR.
 * Means: the DNS server does not want to answer this client or this question.
 */
function detect(observations: Observations): Finding[] {
  return dnsServerUses(observations).flatMap((use) =>
    [
      { tally: (result: DnsName): Tally => result.refused, word: 'refused (REFUSED)' },
      {
        tally: (result: DnsName): Tally => result.otherError,
        word: 'answered with FORMERR, NOTIMP or a rarer error',
      },
    ]
      .map(({ tally, word }) =>
        dnsFailure(observations, use, {
          id: 'dns-refused',
          tally,
          text: (count, queries, names) => `${shareOfQueries(count, queries, 'were')} ${word} (${names})`,
        }),
      )
      .filter((finding) => finding !== undefined),
  );
}

/** D4: the DNS server refuses. */
export const dnsRefused: Detector = {
  id: 'dns-refused',
  severity: 'error',
  doc: {
    title: 'The DNS server refuses queries',
    seen: 'Queries are answered with REFUSED (5), NOTIMP (4) or FORMERR (1).',
    meaning: 'The server was reached and will not answer this client or this question.',
    causes: [
      'an access list of the server',
      'a server that is not responsible for the zone and does not recurse',
      'no plugin of CoreDNS handles the zone',
    ],
    misleads: ['Some servers refuse single record types; then only those queries fail.'],
    next: ["kubectl get configmap coredns -n kube-system -o jsonpath='{.data.Corefile}'"],
  },
  detect,
};
