import type { Observations } from '../conversations/observations.ts';
import { Tally } from '../conversations/samples.ts';
import type { Detector } from './detector.ts';
import { dnsFailure, dnsServerUses } from './dns-servers.ts';
import { plural } from './evidence.ts';
import type { Finding } from './finding.ts';

const NONE = new Tally();

/*
 * Seen: an answer with the id of a query that is open, to the port and from the server of that query, but to
 * another question.
 * Means: the client throws it away and waits on; something between rewrites answers or mixes them up.
 */
function detect(observations: Observations): Finding[] {
  return dnsServerUses(observations)
    .map((use) =>
      dnsFailure(observations, use, {
        id: 'dns-mismatched-reply',
        tally: (result) => result.seen('mismatched') ?? NONE,
        text: (count, _queries, names) =>
          `${plural(count, 'answer was', 'answers were')} to another question than the one asked with that id (${names})`,
        severity: 'warning',
      }),
    )
    .filter((finding) => finding !== undefined);
}

/** D9: answers that do not fit the question. */
export const dnsMismatchedReply: Detector = {
  id: 'dns-mismatched-reply',
  severity: 'warning',
  doc: {
    title: 'DNS answers do not fit the question',
    seen: 'An answer carries the id and the port of an open query and comes from its server, but names another question.',
    meaning: 'The client ignores the answer and waits until its time-out.',
    causes: [
      'a DNS proxy that mixes up answers',
      'a DNS filter or forwarder that rewrites names',
      'an attempt to forge answers',
    ],
    misleads: [
      'A late answer to an earlier query that used the same id and port looks alike.',
      'An answer from another address is reply-from-other-address.',
    ],
    next: [
      'dig NAME @SERVER   (in the pod, several times)',
      'kubectl get configmap coredns -n kube-system -o yaml   (rewrite, forward)',
    ],
  },
  detect,
};
