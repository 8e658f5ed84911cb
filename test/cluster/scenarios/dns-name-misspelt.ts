import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** Every candidate of the search list ends in NXDOMAIN; the Service payments is one letter away. */
export const dnsNameMisspelt: Scenario = {
  name: 'dns-name-misspelt',
  title: "the client asks for a Service's name with a typing error",
  family: 'dns',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: '',
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null http://paymnts/
curl -s -m 2 -o /dev/null http://10.96.77.10/
`,
  trafficAfter: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://paymnts/', exitStatus: 6 },
  target: 'pod/client',
  check: 'http://paymnts/',
  checkAfter: 'http://payments/',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['dns-nxdomain'],
    notFindings: [
      'tcp-refused',
      'tcp-syn-no-answer',
      'tcp-rejected-by-icmp',
      'dns-servfail',
      'dns-no-answer',
    ],
    causes: ['dns-name-misspelt'],
    notCauses: ['coredns-down', 'service-without-endpoints', 'node-ip-forward-off'],
  },
};
