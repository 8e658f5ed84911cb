import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { httpsServer, serverPod } from './server-pod.ts';

/** The certificate holds for another name than that of the Service; the client verifies it during the handshake. */
export const tlsNameMismatch: Scenario = {
  name: 'tls-name-mismatch',
  title: "a server's certificate does not hold for the Service's name",
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'tls-name-mismatch',
    name: 'web',
    clusterIP: '10.96.77.30',
    ports: { https: [443, 8443], pem: [8000, 8000] },
    script: httpsServer('web.example', 30),
  }),
  ...noFault,
  traffic: `openssl s_client -CAfile /tmp/web.pem -verify_return_error -verify_hostname web -servername web -connect web:443 < /dev/null
`,
  trafficAfter: askPayments,
  // curl 60: the certificate was not accepted.
  symptom: {
    command:
      'curl -s -f -m 2 -o /tmp/web.pem http://10.96.77.30:8000/c.pem && curl -s -m 2 -o /dev/null --cacert /tmp/web.pem https://web/',
    exitStatus: 60,
  },
  target: 'pod/client',
  check: 'https://web/',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'not-the-network',
    findings: ['tls-alert', 'tls-bad-certificate'],
    notFindings: ['tcp-refused', 'tcp-reset-midstream', 'dns-nxdomain'],
    causes: ['tls-name-mismatch'],
    notCauses: ['tls-certificate-expired', 'plaintext-to-tls', 'server-slow'],
    confidenceAtLeast: 'certain',
  },
};
