import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { answeringAfter, serverPod } from './server-pod.ts';

/** The answer takes 2 s, and nothing of that is the network's. */
export const serverSlow: Scenario = {
  name: 'server-slow',
  title: 'a server takes two seconds to answer',
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'server-slow',
    name: 'slow',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8080] },
    script: answeringAfter(2),
  }),
  ...noFault,
  traffic: `curl -s -m 5 -o /dev/null http://slow/
`,
  trafficAfter: askPayments,
  // curl 28: it took longer than a second.
  symptom: { command: 'curl -s -m 1 -o /dev/null http://10.96.77.30/', exitStatus: 28 },
  target: 'pod/client',
  check: 'svc/slow:80',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'not-the-network',
    findings: ['http-slow'],
    notFindings: ['tcp-refused', 'tcp-loss', 'dns-nxdomain', 'tcp-reset-midstream'],
    causes: ['server-slow'],
    notCauses: ['client-slow', 'idle-timeout'],
    confidenceAtLeast: 'likely',
  },
};
