import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Linux asks three times before it gives up (net.ipv6.neigh.default.mcast_solicit). */
const MIN_REQUESTS = 3;

/*
 * Seen: at least three neighbour solicitations of one host in a row for an address that never speaks.
 * Means: no host on this link has the address; programs get "no route to host" after about 3 s.
 * False positives: duplicate address detection (from "::") hopes for silence, and is not counted.
 */
function detect(observations: Observations): Finding[] {
  return observations.neighbours
    .filter((target) => !target.answered && target.repeats >= MIN_REQUESTS)
    .map((target) =>
      finding(observations, 'nd-no-answer', target.requests, {
        severity: 'error',
        confidence: 'high',
        client: target.requesters > 1 ? '*' : target.requester,
        server: target.address,
        protocol: '',
        text: `${plural(target.requests.count, 'neighbour solicitation')} for ${target.address}, no answer`,
        details: { attempts: target.requests.count, succeeded: 0 },
      }),
    );
}

/** A3: nobody on the link has the IPv6 address. */
export const ndNoAnswer: Detector = {
  id: 'nd-no-answer',
  severity: 'error',
  doc: {
    title: 'Neighbour solicitations get no answer',
    seen: 'One host sends three or more neighbour solicitations for an IPv6 address in a row, and no advertisement for it comes.',
    meaning:
      'No host on this link has the address. Programs get "no route to host" after about three seconds.',
    causes: [
      'the pod with this address is gone',
      'the gateway of the pod does not answer (CNI, proxy NDP)',
      'multicast does not pass a bridge or switch',
    ],
    misleads: [
      'Duplicate address detection asks from the address :: and needs no answer; it is not counted.',
    ],
    next: ['kubectl get pods -A -o wide | grep ADDRESS', 'ip -6 neigh; ip -6 route   (in the pod)'],
  },
  detect,
};
