import type { Scenario } from '../scenario.ts';
import { policyScenario } from './policies.ts';

/** The same policy as in `networkpolicy-denies`, on a pod network that enforces none: nothing fails, nothing is blamed. */
export const networkpolicyWithoutEffect: Scenario = policyScenario({
  name: 'networkpolicy-without-effect',
  title: 'a NetworkPolicy that would deny the traffic is enforced by nobody',
  on: ['bridge'],
  spec: '{ podSelector: { matchLabels: { app: payments } }, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { app: checkout } } }], ports: [{ port: 8080 }] }] }',
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 0 },
  expect: {
    exitStatus: 0,
    outcome: 'healthy',
    findings: [],
    notFindings: ['tcp-syn-no-answer', 'tcp-refused', 'tcp-rejected-by-icmp', 'dns-no-answer'],
    causes: ['policy-without-enforcer'],
    notCauses: ['networkpolicy-denies', 'policy-blocks-dns'],
    onlyInfo: true,
  },
});
