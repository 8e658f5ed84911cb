import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { httpsServer, serverPod } from './server-pod.ts';

/** The client trusts the certificate as such, and refuses it for its date. */
export const tlsCertificateExpired: Scenario = {
  name: 'tls-certificate-expired',
  title: "a server's certificate has expired",
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'tls-certificate-expired',
    name: 'web',
    clusterIP: '10.96.77.30',
    ports: { https: [443, 8443], pem: [8000, 8000] },
    script: httpsServer('web', -1),
  }),
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null --cacert /tmp/web.pem https://web/
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
    causes: ['tls-certificate-expired'],
    notCauses: ['tls-name-mismatch', 'plaintext-to-tls', 'server-slow'],
    confidenceAtLeast: 'certain',
  },
};
