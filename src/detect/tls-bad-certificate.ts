import type { ApplicationEvent } from '../applications/events.ts';
import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, serverOf } from './evidence.ts';
import type { Finding, Severity } from './finding.ts';
import { askedFor, certificateOf } from './tls-words.ts';

type Problem = 'expired' | 'early' | 'name' | 'self-signed';

/*
 * Seen: a server's certificate in clear (TLS 1.2 and older) that is out of date at the time of its packet, does not
 * hold for the name that the client asked for, or is signed with its own key.
 * Means: clients that verify it refuse.
 * False positives: a client that does not verify, or that trusts this very certificate, goes on: then a wrong name
 * or a self-signed certificate is information only. A certificate without host names (a mesh's) is not judged by name.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const certificates = group.events.ofKind('tls-certificate').filter(({ fields }) => 'subject' in fields);
    const kinds = Map.groupBy(certificates, (event) => {
      const problem = problemOf(event, Date.parse(observations.clock.format(event.lastNs)));
      return problem === undefined ? '' : `${problem} ${severityOf(problem, event)}`;
    });
    kinds.delete('');
    return [...kinds].map(([kind, events]) => {
      const [problem = '', severity = ''] = kind.split(' ') as [Problem, Severity];
      return describe(observations, group, events, problem as Problem, severity as Severity);
    });
  });
}

function problemOf({ fields }: ApplicationEvent, timeMs: number): Problem | undefined {
  if (Number(fields['notAfterMs']) < timeMs) return 'expired';
  if (Number(fields['notBeforeMs']) > timeMs) return 'early';
  if (fields['isForName'] === 0) return 'name';
  return fields['isSelfSigned'] === 1 ? 'self-signed' : undefined;
}

function severityOf(problem: Problem, { fields }: ApplicationEvent): Severity {
  if (problem === 'self-signed') return 'info';
  const refused = fields['client'] === 'refused' || fields['client'] === 'left';
  if (problem === 'name') return refused ? 'warning' : 'info';
  return refused ? 'error' : 'warning';
}

/** What the client did with the certificate; programs that check the name after the handshake just leave. */
const REACTIONS: Readonly<Record<string, string>> = {
  refused: '; the client refused it',
  left: '; the client left without a request',
};

function describe(
  observations: Observations,
  group: Group,
  events: readonly ApplicationEvent[],
  problem: Problem,
  severity: Severity,
): Finding {
  const fields = events[0]?.fields ?? {};
  const reaction = REACTIONS[String(fields['client'])] ?? '';
  return finding(observations, 'tls-bad-certificate', joinEvidence(events), {
    severity,
    confidence: 'high',
    client: group.client,
    server: serverOf(group),
    protocol: 'TCP',
    text: `the server's certificate for ${fields['subject'] || 'nobody'} ${problemText(problem, fields)}${reaction}`,
    details: {
      attempts: group.answered,
      tls: {
        ...askedFor(events),
        problem,
        reaction: reactionOf(fields['client']),
        ...(events[0] === undefined ? {} : { certificate: certificateOf(events[0]) }),
      },
    },
  });
}

function reactionOf(client: string | number | undefined): 'accepted' | 'refused' | 'left' | 'unknown' {
  return client === 'accepted' || client === 'refused' || client === 'left' ? client : 'unknown';
}

function problemText(problem: Problem, fields: ApplicationEvent['fields']): string {
  switch (problem) {
    case 'expired':
      return `expired on ${dayText(fields['notAfterMs'])}`;
    case 'early':
      return `is not valid before ${dayText(fields['notBeforeMs'])}`;
    case 'name':
      return `does not hold for ${fields['sni']} (it holds for ${fields['names'] || fields['subject'] || 'no name'})`;
    default:
      return 'is signed with its own key';
  }
}

function dayText(timeMs: string | number | undefined): string {
  const time = Number(timeMs);
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString().slice(0, 10) : 'an unknown day';
}

/** L5: certificates that clients should refuse. */
export const tlsBadCertificate: Detector = {
  id: 'tls-bad-certificate',
  severity: 'error',
  doc: {
    title: 'The server’s certificate is out of date, or for another name',
    seen: 'The certificate that the server sends (visible up to TLS 1.2) has expired, is not valid yet, does not hold for the name asked for, or is self-signed.',
    meaning:
      'Clients that verify certificates refuse the connection; those that do not are open to whoever sits on the way.',
    causes: [
      'the certificate in the Secret was not renewed, or the pod was not restarted after it was',
      'an ingress controller answers with its default certificate because no rule or Secret matches the name',
      'the clock of a node is wrong',
    ],
    misleads: [
      'In TLS 1.3 certificates are encrypted and not seen.',
      'A client that trusts this very certificate may go on; then a wrong name or a self-signed certificate is information only.',
      'Dates are compared with the time of the packet, as the capturing host’s clock had it.',
    ],
    next: [
      'openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null | openssl x509 -noout -subject -dates -ext subjectAltName',
      'kubectl get certificates -A',
    ],
  },
  detect,
};
