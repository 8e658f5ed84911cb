import { corefileFault } from '../corefile-fault.ts';
import { askPayments, type Scenario } from '../scenario.ts';

/** At the address nobody listens on port 53: SERVFAIL for every name that is forwarded. */
export const corednsUpstreamDead: Scenario = {
  name: 'coredns-upstream-dead',
  title: 'nobody answers at the address that CoreDNS forwards to',
  family: 'dns',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  ...corefileFault(`cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
    }
    reload
}
.:53 {
    errors
    health
    ready
    forward . 172.30.0.1
    reload
}
`),
  traffic: `curl -s -m 8 -o /dev/null http://api.example.com/ &
curl -s -m 8 -o /dev/null http://www.example.org/ &
curl -s -m 2 -o /dev/null http://payments/
wait
`,
  trafficAfter: askPayments, // outside the test cluster there are no names
  symptom: { command: 'curl -s -m 8 -o /dev/null http://api.example.com/', exitStatus: 6 },
  target: 'pod/client',
  check: 'http://api.example.com/',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['dns-servfail'],
    notFindings: ['dns-port-unreachable', 'tcp-refused', 'tcp-syn-no-answer', 'dns-nxdomain'],
    causes: ['coredns-upstream-dead'],
    notCauses: ['coredns-down', 'coredns-misconfigured', 'dns-name-misspelt', 'policy-blocks-dns'],
    confidenceAtLeast: 'likely',
  },
};
