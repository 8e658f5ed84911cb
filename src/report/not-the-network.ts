import type { ConversationGroup } from '../conversations/conversation.ts';
import type { Cause, CauseId } from '../explain/explanation.ts';
import type { Finding } from '../detect/finding.ts';
import { share, thousands } from './amounts.ts';
import { shortTime } from './latency.ts';
import type { Report } from './report.ts';

/** Findings about what programs do at the two ends of a connection that works. */
const ABOUT_THE_APPLICATION: ReadonlySet<string> = new Set([
  'application-error',
  'grpc-error',
  'http-5xx',
  'http-no-response',
  'http-slow',
  'probe-failing',
  'tcp-zero-window',
  'tls-alert',
  'tls-bad-certificate',
  'tls-client-certificate',
]);

/** Causes at the two ends of a connection that works. */
const AT_THE_ENDS: ReadonlySet<CauseId> = new Set<CauseId>([
  'client-slow',
  'server-slow',
  'tls-certificate-expired',
  'tls-name-mismatch',
]);

/**
 * What shows that the network is not the reason of the findings above information: handshakes, segments and the
 * server's time of the same conversations, in one clause. Empty if that is not shown beyond doubt: a finding about
 * the network, a capture that is not complete, a cause in the cluster, one failed handshake or one lost segment.
 */
export function applicationProof(
  report: Pick<Report, 'findings' | 'causes' | 'policySuspects' | 'conversations'>,
): string {
  const wrong = report.findings.filter(({ severity }) => severity !== 'info');
  if (wrong.length === 0 || !wrong.every(({ id }) => ABOUT_THE_APPLICATION.has(id))) return '';
  const isElsewhere = ({ id, confidence, findingIndexes }: Cause): boolean =>
    findingIndexes.length > 0 && confidence !== 'possible' && !AT_THE_ENDS.has(id);
  if (report.causes.some(isElsewhere)) return '';
  if (report.policySuspects.length > 0) return '';
  const groups = wrong.map((finding) => report.conversations.filter((group) => isOf(finding, group)));
  if (groups.some((of) => of.length === 0)) return '';
  const all = [...new Set(groups.flat())];
  const isSuspicious = (finding: Finding): boolean =>
    !isHarmless(finding) && all.some((group) => isOf(finding, group));
  if (!all.every(isSound) || report.findings.some(isSuspicious)) return '';
  return proofOf(all);
}

function isOf({ capture, client, server, details }: Finding, group: ConversationGroup): boolean {
  return (
    capture === group.capture &&
    client === group.client &&
    (server === group.server || (details.servers ?? []).includes(group.server))
  );
}

/** A note that the server takes its time is no note about the path. */
function isHarmless({ id, details }: Finding): boolean {
  return ABOUT_THE_APPLICATION.has(id) || (id === 'latency-split' && details.by === 'server');
}

/** Every connection was set up in sight and no segment was lost: what the receiver had already was sent in vain. */
function isSound({ protocol, outcomes, segments: { fromClient, fromServer } }: ConversationGroup): boolean {
  const { answered, refused, rejected, silent, answeredByOther } = outcomes;
  return (
    protocol === 'TCP' &&
    answered > 0 &&
    refused + rejected + silent + answeredByOther === 0 &&
    fromClient.retransmissions + fromServer.retransmissions === 0
  );
}

/** "12 of 12 handshakes answered in 0.4 ms, 0 of 200 data segments sent again, the server took up to 2.9 s to answer". */
function proofOf(groups: readonly ConversationGroup[]): string {
  const answered = groups.reduce((sum, group) => sum + group.outcomes.answered, 0);
  const segments = groups.reduce(
    (sum, { segments: { fromClient, fromServer } }) => sum + fromClient.data + fromServer.data,
    0,
  );
  const isRepeated = groups.some(
    ({ segments: { fromClient, fromServer } }) => fromClient.spurious + fromServer.spurious > 0,
  );
  const handshakeMs = largest(groups.map((group) => group.handshakeMs));
  const serverMs = largest(groups.map((group) => group.longestServerMs));
  return [
    `${share(answered, answered, 'handshake')} answered${handshakeMs === null ? '' : ` in ${shortTime(handshakeMs)}`}`,
    `0 of ${thousands(segments)} data segments ${isRepeated ? 'lost' : 'sent again'}`,
    ...(serverMs === null ? [] : [`the server took up to ${shortTime(serverMs)} to answer`]),
  ].join(', ');
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
