import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { countOf, exchangesOf, inBrackets, isProbe, namedRequests, shareOf } from './http-requests.ts';
import { durationText } from './symptoms.ts';

/** From this share of requests on the 95th percentile is slow, and not a single one only. */
const SLOW_SHARE = 0.05;
/** A handshake that takes this part of the time has a part in it. */
const NETWORK_SHARE = 0.1;

/*
 * Seen: more than 1 s from the last byte of a request to the first byte of its response.
 * Means: somebody is slow; the handshake's time and retransmissions tell the network from the server.
 * False positives: requests that wait for news on purpose; streams of events, upgrades and gRPC are left out.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const slow = group.events.ofKind('http-slow').filter((event) => !isProbe(event));
    if (slow.length === 0) return [];
    const evidence = joinEvidence(slow);
    const total = countOf(exchangesOf(group, false));
    const longestMs = Math.max(...slow.map(({ longestNs }) => longestNs)) / 1e6;
    const handshakeMs = group.handshakes.medianMs();
    return [
      finding(observations, 'http-slow', evidence, {
        severity: evidence.count >= total * SLOW_SHARE ? 'warning' : 'info',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `${shareOf(evidence.count, total, 'request')} waited more than 1 s for a response, ${durationText(longestMs)} at most${inBrackets(namedRequests(slow))}${whoseTime(group, longestMs)}`,
        details: {
          attempts: total,
          longestMs,
          ...(isServersTime(group, longestMs) ? { by: 'server' as const } : {}),
          ...(handshakeMs === null ? {} : { roundTripMs: handshakeMs }),
        },
      }),
    ];
  });
}

function sentAgain(group: Group): number {
  return group.segments.reduce((sum, one) => sum + one.retransmissions + one.fastRetransmissions, 0);
}

/** Whether neither a long way nor a loss can have taken the time. */
function isServersTime(group: Group, longestMs: number): boolean {
  const handshakeMs = group.handshakes.medianMs();
  return handshakeMs !== null && handshakeMs <= longestMs * NETWORK_SHARE && sentAgain(group) === 0;
}

/** Whose time it was, as far as the group tells. */
function whoseTime(group: Group, longestMs: number): string {
  if (sentAgain(group) > 0) return `; segments were sent again in these conversations`;
  const handshakeMs = group.handshakes.medianMs();
  if (handshakeMs === null) return '';
  if (handshakeMs > longestMs * NETWORK_SHARE)
    return `; the handshake alone took ${durationText(handshakeMs)}: the way is slow`;
  return `; the handshake took ${durationText(handshakeMs)} and no segment was lost: it is the server's time`;
}

/** H3: slow responses. */
export const httpSlow: Detector = {
  id: 'http-slow',
  severity: 'warning',
  doc: {
    title: 'HTTP responses are slow',
    seen: 'More than a second passes between the last byte of a request and the first byte of its response.',
    meaning:
      'If the handshake is quick and nothing is sent again, the time is the server’s: it is not the network. If the handshake is slow as well, or segments are lost, the way is.',
    causes: [
      'the program waits for something else: a database, another service, DNS',
      'the container is throttled at its CPU limit',
      'too few workers or connections: the request waits in a queue',
    ],
    misleads: [
      'Requests that wait for news on purpose (long polling) are as slow as there is no news.',
      'Streams of events, WebSockets and gRPC are left out.',
    ],
    next: ['kubectl top pod -n NAMESPACE POD --containers', 'kubectl logs -n NAMESPACE POD --since=10m'],
  },
  detect,
};
