import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { namedBy } from './tls-words.ts';

/** Below this the answer may still have been on its way when the capture ended. */
const SILENCE_NS = 3e9;

/*
 * Seen: a client sends its QUIC Initial again and nothing comes back.
 * Means: UDP to that port is dropped on the way, or nobody speaks QUIC there; browsers and libraries fall back to TCP.
 * False positives: version negotiation and Retry are answers. Where the capture ends within 3 s it is information only.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const events = group.events.ofKind('quic-no-answer');
    if (events.length === 0 || group.packetsFromServer > 0 || group.rejected.count > 0) return [];
    const evidence = joinEvidence(events);
    const waitedNs = Math.max(...events.map(({ longestNs }) => longestNs));
    const isLong = waitedNs >= SILENCE_NS;
    const waited = isLong ? '' : ` before the capture ended, ${Math.round(waitedNs / 1e6)} ms later`;
    return [
      finding(observations, 'quic-no-answer', evidence, {
        severity: isLong ? 'warning' : 'info',
        confidence: isLong ? 'high' : 'low',
        client: group.client,
        server: serverOf(group),
        protocol: 'UDP',
        text: `${plural(evidence.count, 'QUIC connection')}${namedBy(events)} got no answer to repeated Initial packets${waited}`,
        details: { attempts: group.conversations, succeeded: group.answered },
      }),
    ];
  });
}

/** Q1: QUIC without an answer. */
export const quicNoAnswer: Detector = {
  id: 'quic-no-answer',
  severity: 'warning',
  doc: {
    title: 'QUIC connection attempts get no answer',
    seen: 'A client sends QUIC Initial packets (HTTP/3) again and again, and no datagram comes back.',
    meaning:
      'UDP does not get through, or the server does not speak QUIC. Most clients fall back to HTTP over TCP after some delay.',
    causes: [
      'a NetworkPolicy or firewall allows TCP 443 but not UDP 443',
      'the Service or load balancer has no UDP port, although the server announces HTTP/3 (Alt-Svc)',
      'the server does not listen for QUIC',
    ],
    misleads: [
      'Version negotiation and Retry are answers: they are normal.',
      'Within 3 s of the capture’s end it is information only.',
    ],
    next: [
      'kubectl get networkpolicies -n NAMESPACE',
      "kubectl get service SERVICE -n NAMESPACE -o jsonpath='{.spec.ports}'",
    ],
  },
  detect,
};
