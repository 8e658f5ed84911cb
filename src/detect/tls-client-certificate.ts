import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { alertName, askedFor, namedBy } from './tls-words.ts';

/*
 * Seen: the server asks for a client certificate, the client sends an empty one, and the server ends the handshake
 * with handshake_failure, bad_certificate or certificate_required.
 * Means: mutual TLS is required and the client has no certificate, or none that fits.
 * False positives: servers that ask but do not require go on without an alert: nothing is said of them.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const events = group.events.ofKind('tls-client-certificate');
    if (events.length === 0) return [];
    const evidence = joinEvidence(events);
    const codes = [...new Set(events.map(({ fields }) => Number(fields['code'] ?? 0)))];
    const handshakes = evidence.count === 1 ? 'a TLS handshake' : plural(evidence.count, 'TLS handshake');
    return [
      finding(observations, 'tls-client-certificate', evidence, {
        severity: 'error',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `the server requires a client certificate and the client has none: ${handshakes}${namedBy(events)} ended with ${codes.map(alertName).join(', ')}`,
        details: {
          attempts: group.answered,
          tls: { ...askedFor(events), alert: { from: 'server', code: codes[0] ?? 0 } },
        },
      }),
    ];
  });
}

/** L4: mutual TLS without a client certificate. */
export const tlsClientCertificate: Detector = {
  id: 'tls-client-certificate',
  severity: 'error',
  doc: {
    title: 'The server requires a client certificate, and the client has none',
    seen: 'The server sends a CertificateRequest, the client answers with an empty Certificate, and the server ends the handshake with an alert.',
    meaning: 'The server wants mutual TLS. Without a certificate that it accepts no request gets through.',
    causes: [
      'the pod is outside the mesh (no sidecar) and the server’s policy is STRICT',
      'the Secret with the client’s certificate is not mounted or not configured',
      'the client has a certificate, but not from one of the authorities that the server names',
    ],
    misleads: ['In TLS 1.3 these messages are encrypted: there the failure is not seen as such.'],
    next: [
      'kubectl get peerauthentication -A',
      'openssl s_client -connect ADDRESS:PORT -cert CLIENT.crt -key CLIENT.key </dev/null',
    ],
  },
  detect,
};
