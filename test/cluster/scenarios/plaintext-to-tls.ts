import { noFault, type Scenario } from '../scenario.ts';

/** http:// to the API server, which answers as every program of Go's library does: with status 400, in clear. */
export const plaintextToTls: Scenario = {
  name: 'plaintext-to-tls',
  title: 'the client speaks plain HTTP to a port that speaks TLS',
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: '',
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null http://kubernetes.default:443/
`,
  trafficAfter: `curl -sk -m 2 -o /dev/null https://kubernetes.default/
`,
  // curl -f 22: a status of 400 or more.
  symptom: { command: 'curl -sf -m 2 -o /dev/null http://kubernetes.default:443/', exitStatus: 22 },
  target: 'pod/client',
  check: 'http://kubernetes.default:443/',
  checkAfter: 'https://kubernetes.default/',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['wrong-protocol'],
    notFindings: ['tcp-refused', 'tcp-reset-midstream', 'dns-nxdomain'],
    causes: ['plaintext-to-tls'],
    notCauses: ['tls-to-plaintext', 'mesh-mtls-mismatch', 'tls-certificate-expired'],
    confidenceAtLeast: 'certain',
  },
};
