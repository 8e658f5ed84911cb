import type { Scenario } from '../scenario.ts';
import { policyScenario } from './policies.ts';

/** The policy asks for another label than the client has. */
export const networkpolicyDenies: Scenario = policyScenario({
  name: 'networkpolicy-denies',
  title: "a NetworkPolicy admits another label than the client's",
  spec: '{ podSelector: { matchLabels: { app: payments } }, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { app: checkout } } }], ports: [{ port: 8080 }] }] }',
});
