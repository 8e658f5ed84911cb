import { corefileFault } from '../corefile-fault.ts';
import { askPayments, type Scenario } from '../scenario.ts';

/** Pods search in cluster.local, the DNS server knows the Services under cluster.example. */
export const corednsMisconfigured: Scenario = {
  name: 'coredns-misconfigured',
  title: "CoreDNS serves another domain than the one in the pods' search lists",
  family: 'dns',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  ...corefileFault(`cluster.example:53 {
    errors
    ready
    kubernetes cluster.example
    reload
}
.:53 {
    errors
    health
    ready
    template ANY ANY . {
        rcode NXDOMAIN
    }
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
    findings: ['dns-nxdomain'],
    notFindings: ['dns-port-unreachable', 'tcp-refused', 'tcp-syn-no-answer', 'dns-servfail'],
    causes: ['coredns-misconfigured'],
    notCauses: ['coredns-down', 'coredns-upstream-dead', 'dns-name-misspelt', 'policy-blocks-dns'],
    confidenceAtLeast: 'likely',
  },
};
