import type { ApplicationEvent } from '../applications/events.ts';
import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import {
  countedValues,
  countOf,
  exchangesOf,
  inBrackets,
  isFrequent,
  isProbe,
  namedRequests,
  shareOf,
} from './http-requests.ts';
import { durationText } from './symptoms.ts';

/** How it ended, in words. */
const ENDS: Readonly<Record<string, string>> = {
  closed: 'the server closed the connection',
  reset: 'the server reset the connection',
  'gave up': 'the client gave up',
  silent: 'nothing came while it was captured',
};

/*
 * Seen: a whole request, then the end of the connection, or 10 s of nothing, without a status line.
 * Means: the request arrived, as TCP acknowledged it, and the server did not answer it.
 * False positives: WebSockets, streams of events, gRPC and CONNECT may take long and are left out, as are
 * conversations of which a packet is missing and clients that go away within a second.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const unanswered = group.events.ofKind('http-no-response').filter((event) => !isProbe(event));
    return unanswered.length === 0 ? [] : [describe(observations, group, unanswered)];
  });
}

function describe(
  observations: Observations,
  group: Group,
  unanswered: readonly ApplicationEvent[],
): Finding {
  const evidence = joinEvidence(unanswered);
  const answered = countOf(exchangesOf(group, false));
  const total = answered + evidence.count;
  const byServer = unanswered.filter(
    ({ fields }) => fields['ended'] === 'closed' || fields['ended'] === 'reset',
  );
  const longestMs = Math.max(...unanswered.map(({ longestNs }) => longestNs)) / 1e6;
  const how = countedValues(unanswered, ({ ended }) => ENDS[String(ended)] ?? 'the connection ended');
  return finding(observations, 'http-no-response', evidence, {
    severity: byServer.length > 0 && isFrequent(countOf(byServer), total) ? 'error' : 'warning',
    confidence: byServer.length > 0 ? 'high' : 'medium',
    client: group.client,
    server: serverOf(group),
    protocol: 'TCP',
    text: `${shareOf(evidence.count, total, 'request')} got no response${inBrackets(namedRequests(unanswered))}: ${how}, after ${durationText(longestMs)} at most`,
    details: {
      attempts: total,
      succeeded: answered,
      longestMs,
      ...(byServer.length === unanswered.length ? { by: 'server' as const } : {}),
    },
  });
}

/** H2x: requests without a response. */
export const httpNoResponse: Detector = {
  id: 'http-no-response',
  severity: 'error',
  doc: {
    title: 'HTTP requests get no response',
    seen: 'A whole request is sent and acknowledged; then the connection ends, or nothing comes for 10 s, without a status line.',
    meaning:
      'TCP works in both directions. The server took the request and did not answer: it ended, was stopped, hangs, or a proxy in front of it cut the connection.',
    causes: [
      'the container crashed or was killed (OOMKilled) while it worked on the request',
      'the pod was being replaced and did not finish its requests',
      'the program hangs: a lock, a database, a full worker pool',
      'a proxy or a mesh gave up on its upstream and closed',
    ],
    misleads: [
      'A client that waits for news (long polling) looks the same after 10 s; then it is a warning.',
      'A request on a connection that the server was just closing is http-keep-alive-race.',
      'If the capture lacks packets of the conversation, nothing is said.',
    ],
    next: ['kubectl describe pod -n NAMESPACE POD', 'kubectl logs -n NAMESPACE POD --previous --tail=50'],
  },
  detect,
};
