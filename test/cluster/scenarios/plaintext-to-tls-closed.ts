import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { httpsServer, serverPod } from './server-pod.ts';

/** A server that closes without a word; another program in the pod speaks TLS to it as it should. */
export const plaintextToTlsClosed: Scenario = {
  name: 'plaintext-to-tls-closed',
  title: 'the client speaks plain HTTP to a port that speaks TLS, and closes without a word',
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'plaintext-to-tls-closed',
    name: 'web',
    clusterIP: '10.96.77.30',
    ports: { web: [443, 8443] },
    script: httpsServer('web', 30),
  }),
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null http://web:443/
curl -sk -m 2 -o /dev/null https://web/
`,
  trafficAfter: askPayments,
  // curl 52: the server closed without an answer.
  symptom: { command: 'curl -s -m 2 -o /dev/null http://web:443/', exitStatus: 52 },
  target: 'pod/client',
  check: 'http://web:443/',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['http-no-response'],
    notFindings: ['tcp-refused', 'dns-nxdomain'],
    causes: ['plaintext-to-tls'],
    notCauses: ['tls-to-plaintext', 'mesh-mtls-mismatch', 'tls-certificate-expired'],
    confidenceAtLeast: 'likely',
  },
};
