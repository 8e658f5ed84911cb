import type { ApplicationEvent } from '../applications/events.ts';
import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { alertName, askedFor, certificateOf, namedBy } from './tls-words.ts';

/*
 * Seen: a fatal alert in clear.
 * Means: one side ended the handshake and said why.
 * False positives: alerts of level warning (close_notify, unrecognized_name) end nothing and are not counted.
 * In TLS 1.3 alerts behind the ServerHello are encrypted: those cannot be seen.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const alerts = group.events.ofKind('tls-alert').filter(({ fields }) => 'code' in fields);
    const kinds = Map.groupBy(alerts, ({ fields }) => `${fields['from']} ${fields['code']}`);
    return [...kinds.values()].map((events) => describe(observations, group, events));
  });
}

function describe(observations: Observations, group: Group, events: readonly ApplicationEvent[]): Finding {
  const evidence = joinEvidence(events);
  const [first] = events;
  const { from, code = 0, version, subject, issuer } = first?.fields ?? {};
  const names = namedBy(events);
  const signed = issuer === '' || issuer === undefined ? '' : `, signed by ${issuer}`;
  const certificate =
    subject === '' || subject === undefined ? '' : `; the server's certificate is for ${subject}${signed}`;
  const handshakes = evidence.count === 1 ? 'a TLS handshake' : plural(evidence.count, 'TLS handshake');
  return finding(observations, 'tls-alert', evidence, {
    severity: 'error',
    confidence: 'high',
    client: group.client,
    server: serverOf(group),
    protocol: 'TCP',
    text: `the ${from} ended ${handshakes} with the alert ${alertName(Number(code))}${names}${version === '' ? '' : `, ${version}`}${certificate}`,
    details: {
      attempts: group.answered,
      tls: {
        ...askedFor(events),
        alert: { from: from === 'client' ? 'client' : 'server', code: Number(code) },
        ...(first === undefined || subject === '' ? {} : { certificate: certificateOf(first) }),
      },
    },
  });
}

/** L1: fatal alerts. */
export const tlsAlert: Detector = {
  id: 'tls-alert',
  severity: 'error',
  doc: {
    title: 'A TLS handshake ends with a fatal alert',
    seen: 'One side sends a TLS alert of level fatal before the handshake is done.',
    meaning:
      'The network works; client and server do not agree about certificates, versions, ciphers or names. Requests on these connections fail.',
    causes: [
      'unknown_ca, bad_certificate: the client does not trust the server’s certificate (a wrong CA bundle, as of a webhook), or the server not the client’s',
      'certificate_expired: a certificate in a Secret was not renewed, or the pod still serves the old one',
      'handshake_failure, certificate_required: mutual TLS is required (a mesh in mode STRICT) and the client has no certificate, or there is no common cipher',
      'protocol_version: the client offers only versions that the server has switched off',
      'unrecognized_name: no route or certificate for the name that the client asked for',
    ],
    misleads: [
      'In TLS 1.3 alerts behind the ServerHello are encrypted and are not seen.',
      'A scanner or a health check that tries old versions on purpose gets the same alerts.',
    ],
    next: [
      'openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null',
      "kubectl get secret SECRET -n NAMESPACE -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -subject -dates",
    ],
  },
  detect,
};
