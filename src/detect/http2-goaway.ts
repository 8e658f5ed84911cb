import type { EventFields } from '../applications/events.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { countedValues, countOf } from './http-requests.ts';

/** RFC 9113 §7. */
const ERRORS: readonly string[] = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

function errorName({ code, by, says }: EventFields): string {
  const name = ERRORS[Number(code)] ?? `error ${code}`;
  return `${name} by the ${by}${says === undefined || says === '' ? '' : ` "${says}"`}`;
}

/*
 * Seen: GOAWAY with an error, or streams that are reset as refused, for too much traffic or an internal error.
 * Means: one side ends the connection, or single requests, because it does not accept what the other does.
 * False positives: GOAWAY without an error and streams that are cancelled are the normal course of things.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const ended = group.events.ofKind('http2-goaway').filter(({ fields }) => fields['code'] !== undefined);
    const resets = group.events.ofKind('http2-reset').filter(({ fields }) => fields['code'] !== undefined);
    if (ended.length + resets.length === 0) return [];
    const connections = `${plural(countOf(ended), 'connection was', 'connections were')} ended by GOAWAY: ${countedValues(ended, errorName)}`;
    const streams = `${plural(countOf(resets), 'stream was', 'streams were')} reset: ${countedValues(resets, errorName)}`;
    return [
      finding(observations, 'http2-goaway', joinEvidence([...ended, ...resets]), {
        severity: ended.length > 0 ? 'error' : 'warning',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: [...(ended.length > 0 ? [connections] : []), ...(resets.length > 0 ? [streams] : [])].join(
          '; ',
        ),
        details: { attempts: group.answered },
      }),
    ];
  });
}

/** G1: HTTP/2 connections and streams that end with an error. */
export const http2Goaway: Detector = {
  id: 'http2-goaway',
  severity: 'error',
  doc: {
    title: 'HTTP/2 connections or streams end with an error',
    seen: 'A GOAWAY frame with an error, or RST_STREAM with REFUSED_STREAM, ENHANCE_YOUR_CALM or INTERNAL_ERROR.',
    meaning:
      'Client and server reach each other, and one of them rejects what the other does. All requests of the connection, or the streams that are named, fail.',
    causes: [
      'ENHANCE_YOUR_CALM "too_many_pings": the gRPC client pings more often than the server permits',
      'REFUSED_STREAM: the server is at its limit of streams, or shutting down',
      'INTERNAL_ERROR: the program behind failed',
      'PROTOCOL_ERROR, FRAME_SIZE_ERROR: a proxy in between does not speak HTTP/2 well',
    ],
    misleads: [
      'GOAWAY without an error is how a server asks for a new connection; CANCEL is how a client stops waiting. Both are no finding.',
      'Where the capture begins in the middle of a connection HTTP/2 is not followed.',
    ],
    next: ['kubectl logs -n NAMESPACE POD --since=10m'],
  },
  detect,
};
