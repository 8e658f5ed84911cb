import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** https:// to a port that speaks HTTP. */
export const tlsToPlaintext: Scenario = {
  name: 'tls-to-plaintext',
  title: 'the client speaks TLS to a port that speaks plain HTTP',
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: '',
  ...noFault,
  traffic: `curl -sk -m 2 -o /dev/null https://payments:80/
`,
  trafficAfter: askPayments,
  // curl 35: the handshake failed.
  symptom: { command: 'curl -sk -m 2 -o /dev/null https://payments:80/', exitStatus: 35 },
  target: 'pod/client',
  check: 'https://payments:80/',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['wrong-protocol'],
    notFindings: ['tcp-refused', 'tcp-reset-midstream', 'dns-nxdomain'],
    causes: ['tls-to-plaintext'],
    notCauses: ['plaintext-to-tls', 'mesh-mtls-mismatch', 'tls-certificate-expired'],
    confidenceAtLeast: 'certain',
  },
};
