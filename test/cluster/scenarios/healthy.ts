import { noFault, type Scenario } from '../scenario.ts';

/** Nothing is wrong: both Services by address and by name. */
export const healthy: Scenario = {
  name: 'healthy',
  title: 'nothing is wrong',
  family: 'none',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: '',
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null http://10.96.77.10/
curl -s -m 2 -o /dev/null http://payments/
curl -s -m 2 -o /dev/null http://orders/
`,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://payments/', exitStatus: 0 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 0,
    outcome: 'healthy',
    findings: [],
    notFindings: [
      'tcp-refused',
      'tcp-syn-no-answer',
      'tcp-rejected-by-icmp',
      'dns-no-answer',
      'dns-nxdomain',
    ],
    causes: [],
    notCauses: ['coredns-down', 'node-ip-forward-off', 'service-without-endpoints', 'target-port-mismatch'],
    onlyInfo: true,
  },
};
