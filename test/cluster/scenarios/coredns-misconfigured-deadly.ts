import { deadlyCorefile } from '../corefile-fault.ts';
import { askPayments, type Scenario } from '../scenario.ts';

/** The pod that knew the old configuration is gone; the next one ends at once, and says why in its log. */
export const corednsMisconfiguredDeadly: Scenario = {
  name: 'coredns-misconfigured-deadly',
  title: 'a typing error in the Corefile: CoreDNS does not start any more',
  family: 'dns',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  ...deadlyCorefile(`.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa
    forwardd . 172.30.0.1
    reload
}
`),
  traffic: `curl -s -m 2 -o /dev/null http://payments/
curl -s -m 2 -o /dev/null http://10.96.77.10/
`,
  trafficAfter: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://payments/', exitStatus: 6 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['dns-port-unreachable'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-nxdomain', 'dns-servfail'],
    causes: ['coredns-misconfigured', 'coredns-down'],
    notCauses: ['coredns-upstream-dead', 'dns-name-misspelt', 'node-ip-forward-off'],
    confidenceAtLeast: 'certain',
  },
};
