import type { Scenario } from '../scenario.ts';

const deployment = ['-n', 'kube-system', 'deployment/coredns'];

/** The DNS Service has no endpoint: each query is answered by ICMP port unreachable. */
export const coreDnsDown: Scenario = {
  name: 'coredns-down',
  title: 'CoreDNS is scaled to zero',
  family: 'dns',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  faultOn: async (cluster) => {
    await cluster.kubectl(['scale', '--replicas=0', ...deployment]);
  },
  faultOff: async (cluster) => {
    await cluster.kubectl(['scale', '--replicas=1', ...deployment]);
    await cluster.kubectl(['rollout', 'status', '--timeout=60s', ...deployment]);
  },
  traffic: `curl -s -m 2 -o /dev/null http://payments/
curl -s -m 2 -o /dev/null http://10.96.77.10/
`,
  // 6: could not resolve, at once. While CoreDNS is ending it may still answer or be silent (28).
  symptom: { command: 'curl -s -m 2 -o /dev/null http://payments/', exitStatus: 6 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['dns-port-unreachable'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-nxdomain', 'dns-servfail'],
    causes: ['coredns-down'],
    notCauses: ['node-ip-forward-off', 'dns-name-misspelt', 'service-selector-mismatch'],
  },
};
