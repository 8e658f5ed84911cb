import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { serverPod } from './server-pod.ts';

/** The Service and the pod's manifest agree on a port; the program has another one. The server is traced as well. */
export const nobodyListens: Scenario = {
  name: 'nobody-listens',
  title: 'a program listens on another port than its manifest says; client and server are traced',
  family: 'service',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'nobody-listens',
    name: 'ledger',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8080] },
    script: 'exec httpd -f -p 9090 -h /tmp',
  }),
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null http://ledger/
`,
  trafficAfter: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.30/', exitStatus: 7 },
  target: 'pod/client',
  further: ['pod/ledger'],
  check: 'svc/ledger:80',
  checkFlags: ['--enter-servers'],
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-refused'],
    notFindings: ['tcp-rejected-by-icmp', 'tcp-syn-no-answer', 'dns-nxdomain'],
    causes: ['nobody-listens'],
    notCauses: ['target-port-mismatch', 'listens-on-loopback', 'service-without-endpoints'],
    confidenceAtLeast: 'certain',
  },
};
