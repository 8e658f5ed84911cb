import type { Observations } from '../conversations/observations.ts';
import { Tally } from '../conversations/samples.ts';
import type { Detector } from './detector.ts';
import { dnsFailure, dnsServerUses } from './dns-servers.ts';
import { plural } from './evidence.ts';
import type { Finding } from './finding.ts';

const NONE = new Tally();

/*
 * Seen: A and AAAA of one name are asked from one port at once; one is answered at once, the other only when
 * it is asked again after 5 s.
 * Means: the two datagrams raced for one entry of the node's connection tracking, and one was dropped.
 * False positives: a server that never answers AAAA; then asking again does not help, and it is not counted.
 */
function detect(observations: Observations): Finding[] {
  return dnsServerUses(observations)
    .map((use) =>
      dnsFailure(observations, use, {
        id: 'dns-race',
        tally: (result) => result.seen('race') ?? NONE,
        text: (count, _queries, names) =>
          `${plural(count, 'lookup')} took 5 s: of A and AAAA, asked at once from one port, one was lost and answered when it was asked again (${names})`,
        severity: 'error',
        confidence: 'medium',
      }),
    )
    .filter((finding) => finding !== undefined);
}

/** D2: of two queries sent at once, one is lost, for 5 seconds. */
export const dnsRace: Detector = {
  id: 'dns-race',
  severity: 'error',
  doc: {
    title: 'One of two simultaneous DNS queries is lost',
    seen: 'A and AAAA queries for one name leave one port within 5 ms; one is answered within 100 ms, the other one only after it is repeated 5 s later.',
    meaning:
      'The lookup, and with it the connection, takes 5 seconds more. It happens now and then, under load more often.',
    causes: [
      'both datagrams open the same entry in the node’s connection tracking (DNAT of the DNS Service), and the kernel drops the later one; Linux before 5.0 does so often',
      'plain loss of one datagram',
    ],
    misleads: [
      'Only the C library glibc repeats after 5 s from the same port; musl, Go and others show dns-no-answer or dns-slow instead.',
    ],
    next: [
      'conntrack -S   (on the node: does insert_failed grow?)',
      'deploy NodeLocal DNSCache, or set options single-request-reopen in dnsConfig',
    ],
  },
  detect,
};
