import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { countOf, exchangesOf, inBrackets, namedRequests } from './http-requests.ts';
import { durationText } from './symptoms.ts';

/** Idle times that differ by less than this part are one setting of the server. */
const SAME_SHARE = 0.1;

/*
 * Seen: a request on a connection that was idle, and within two round trips the server's FIN or RST.
 * Means: the server closed the idle connection at the moment in which the client used it again.
 * False positives: a server that crashes on the request looks the same once; then idle times differ.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const races = group.events.ofKind('http-keep-alive-race');
    if (races.length === 0) return [];
    const evidence = joinEvidence(races);
    const longestMs = Math.max(...races.map(({ longestNs }) => longestNs)) / 1e6;
    const meanMs = races.reduce((sum, { totalNs }) => sum + totalNs, 0) / evidence.count / 1e6;
    const isSetting = evidence.count > 1 && longestMs - meanMs < meanMs * SAME_SHARE;
    const idle = isSetting
      ? `each after ${durationText(longestMs)} of silence`
      : `after up to ${durationText(longestMs)} of silence`;
    const total = evidence.count + countOf(exchangesOf(group, false));
    return [
      finding(observations, 'http-keep-alive-race', evidence, {
        severity: evidence.count > 1 ? 'error' : 'warning',
        confidence: isSetting ? 'high' : 'medium',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `${plural(evidence.count, 'request')} of ${total}${inBrackets(namedRequests(races))} crossed with the server's closing of the idle connection, ${idle}`,
        details: { attempts: total, longestMs },
      }),
    ];
  });
}

/** H5: requests that cross with the close of an idle connection. */
export const httpKeepAliveRace: Detector = {
  id: 'http-keep-alive-race',
  severity: 'error',
  doc: {
    title: 'Requests cross with the closing of an idle connection',
    seen: 'A request is sent on a connection that was idle, and the server closes or resets it within two round trips without a response.',
    meaning:
      'Server and client both keep connections open for later requests, and the server gives up earlier. Now and then a request comes just then and is lost: a rare, random 502 or "connection reset".',
    causes: [
      'the keep-alive timeout of the program (5 s in Node.js, 60 or 75 s elsewhere) is shorter than that of the load balancer or proxy in front of it',
      'a client library keeps connections longer than the server does',
    ],
    misleads: [
      'A server that crashes on a request looks the same once; a keep-alive timeout shows the same idle time again and again.',
    ],
    next: [
      'set the keep-alive timeout of the server higher than the idle timeout of whatever is in front of it',
      'let the client try again on a new connection when a reused one is closed before the response',
    ],
  },
  detect,
};
