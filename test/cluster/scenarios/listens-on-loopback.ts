import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { serverPod } from './server-pod.ts';

/** As many frameworks do by default; inside the pod the server answers. */
export const listensOnLoopback: Scenario = {
  name: 'listens-on-loopback',
  title: 'a program binds to 127.0.0.1 only; client and server are traced',
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'listens-on-loopback',
    name: 'ledger',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8080] },
    script: 'exec httpd -f -p 127.0.0.1:8080 -h /tmp',
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
    causes: ['listens-on-loopback'],
    notCauses: ['nobody-listens', 'target-port-mismatch'],
    confidenceAtLeast: 'certain',
  },
};
