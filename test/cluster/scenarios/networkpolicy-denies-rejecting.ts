import { rejectDenied, stopRejecting } from '../reject-enforcer.ts';
import type { Scenario } from '../scenario.ts';
import { policyScenario } from './policies.ts';

/** As in `networkpolicy-denies`, but refused by ICMP, as k3s does it: the error's sender is the dialled address. */
export const networkpolicyDeniesRejecting: Scenario = {
  ...policyScenario({
    name: 'networkpolicy-denies-rejecting',
    title: "a NetworkPolicy admits another label than the client's, and what is denied is refused by ICMP",
    on: ['bridge'],
    spec: '{ podSelector: { matchLabels: { app: payments } }, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { app: checkout } } }], ports: [{ port: 8080 }] }] }',
    symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 7 },
    expect: {
      findings: ['tcp-rejected-by-icmp'],
      notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-nxdomain', 'dns-no-answer'],
    },
  }),
  faultOn: rejectDenied,
  faultOff: stopRejecting,
  afterFix: rejectDenied,
};
