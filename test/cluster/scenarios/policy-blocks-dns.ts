import type { Scenario } from '../scenario.ts';
import { policyScenario } from './policies.ts';

/** An egress policy that forgot DNS: the Service's address works, its name does not. */
export const policyBlocksDns: Scenario = policyScenario({
  name: 'policy-blocks-dns',
  title: 'a NetworkPolicy lets the client out to its Services, but not to DNS',
  spec: '{ podSelector: { matchLabels: { app: client } }, policyTypes: [Egress], egress: [{ to: [{ podSelector: {} }] }] }',
  traffic: `curl -s -m 2 -o /dev/null http://10.96.77.10/
curl -s -m 4 -o /dev/null http://payments/
`,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://payments/', exitStatus: 28 },
  expect: {
    findings: ['dns-no-answer'],
    notFindings: ['tcp-refused', 'tcp-rejected-by-icmp', 'tcp-syn-no-answer', 'dns-nxdomain'],
    causes: ['policy-blocks-dns'],
    notCauses: ['coredns-down', 'node-ip-forward-off', 'networkpolicy-denies'],
  },
});
