import type { ApplicationEvent } from '../applications/events.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, serverOf } from './evidence.ts';
import type { Finding, Severity } from './finding.ts';
import {
  countedValues,
  countOf,
  exchangesOf,
  inBrackets,
  isFrequent,
  namedRequests,
  shareOf,
} from './http-requests.ts';

/** Status codes of gRPC (its documentation, statuscodes.md). */
const CODES: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];
/** Deadline, exhaustion, not implemented, internal, unavailable, unauthenticated: the call cannot work as it is. */
const FAULTS: readonly number[] = [4, 8, 12, 13, 14, 16];
/** Unknown, permission denied, data loss: may be the program's own answer. */
const DOUBTS: readonly number[] = [2, 7, 15];

function severityOf(errors: readonly ApplicationEvent[], total: number): Severity {
  const among = (codes: readonly number[]): number =>
    countOf(errors.filter(({ fields }) => codes.includes(Number(fields['code']))));
  if (among(FAULTS) > 0) return isFrequent(among(FAULTS), total) ? 'error' : 'warning';
  return among(DOUBTS) > 0 ? 'warning' : 'info';
}

/*
 * Seen: a grpc-status other than 0 in the trailers, behind an HTTP status of 200.
 * Means: the call failed although HTTP looks well.
 * False positives: cancelled, not found, already exists and the like are answers of the program (info).
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const errors = group.events.ofKind('grpc-error').filter(({ fields }) => fields['code'] !== undefined);
    if (errors.length === 0) return [];
    const evidence = joinEvidence(errors);
    const total = Math.max(evidence.count, countOf(exchangesOf(group, false)));
    const codes = countedValues(errors, ({ code }) => `${code} ${CODES[Number(code)] ?? 'unknown code'}`);
    return [
      finding(observations, 'grpc-error', evidence, {
        severity: severityOf(errors, total),
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `${shareOf(evidence.count, total, 'gRPC call')} failed with ${codes}${inBrackets(namedRequests(errors))}`,
        details: { attempts: total, succeeded: total - evidence.count },
      }),
    ];
  });
}

/** G2: failed gRPC calls. */
export const grpcError: Detector = {
  id: 'grpc-error',
  severity: 'error',
  doc: {
    title: 'gRPC calls fail',
    seen: 'The trailers of a response carry a grpc-status other than 0; the HTTP status is 200 all the same.',
    meaning: 'The connection works, the call does not. Tools that look at HTTP statuses only do not see it.',
    causes: [
      'UNAVAILABLE: a proxy has no endpoint for the call, or the server is shutting down',
      'DEADLINE_EXCEEDED: the server takes longer than the client permits',
      'UNIMPLEMENTED: the service or method is not on this server (a wrong port or version)',
      'RESOURCE_EXHAUSTED: a limit of message size, streams or rate',
      'UNAUTHENTICATED: the token or certificate is missing or expired',
    ],
    misleads: [
      'CANCELLED, NOT_FOUND, ALREADY_EXISTS and the like are answers of the program; alone they are an info.',
      'Where the capture begins in the middle of a connection HTTP/2 is not followed.',
    ],
    next: ['kubectl logs -n NAMESPACE POD --since=10m', 'grpcurl -plaintext ADDRESS:PORT list'],
  },
  detect,
};
