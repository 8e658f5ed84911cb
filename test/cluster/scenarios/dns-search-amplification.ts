import { noFault, type Scenario } from '../scenario.ts';

/** A whole name with fewer than five dots: in vain with each search domain first. Nothing fails. */
export const dnsSearchAmplification: Scenario = {
  name: 'dns-search-amplification',
  title: 'a whole name is asked for without the dot at its end (ndots:5)',
  family: 'dns',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: '',
  ...noFault,
  traffic: `curl -sk -m 2 -o /dev/null https://kubernetes.default.svc.cluster.local/
curl -s -m 2 -o /dev/null http://payments/
`,
  trafficAfter: `curl -sk -m 2 -o /dev/null https://kubernetes.default.svc.cluster.local./
curl -s -m 2 -o /dev/null http://payments/
`,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://payments/', exitStatus: 0 },
  target: 'pod/client',
  expect: {
    exitStatus: 0,
    outcome: 'healthy',
    findings: ['dns-search-waste'],
    notFindings: ['dns-nxdomain', 'dns-servfail', 'dns-no-answer', 'tcp-syn-no-answer'],
    causes: ['dns-search-amplification'],
    notCauses: ['coredns-misconfigured', 'coredns-upstream-dead', 'dns-name-misspelt'],
    onlyInfo: true,
  },
};
