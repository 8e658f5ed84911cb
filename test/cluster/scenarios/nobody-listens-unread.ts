import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { serverPod } from './server-pod.ts';

/** The Service and the pod's manifest agree on a port; the program has another one. Only the client is traced. */
export const nobodyListensUnread: Scenario = {
  name: 'nobody-listens-unread',
  title: 'a program listens on another port than its manifest says; the client alone is traced',
  family: 'service',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'nobody-listens-unread',
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
  check: 'svc/ledger:80',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-refused'],
    notFindings: ['tcp-rejected-by-icmp', 'tcp-syn-no-answer', 'dns-nxdomain'],
    causes: ['nobody-listens'],
    notCauses: ['target-port-mismatch', 'listens-on-loopback', 'service-without-endpoints'],
    confidenceAtLeast: 'likely',
    confidenceAtMost: 'likely',
  },
};
