import type { Scenario } from '../scenario.ts';
import { policyScenario } from './policies.ts';

/** The policy names the Service's port, 80, where the pod's, 8080, is what counts. */
export const networkpolicyDeniesPort: Scenario = policyScenario({
  name: 'networkpolicy-denies-port',
  title: "a NetworkPolicy admits the Service's port instead of the pods'",
  spec: '{ podSelector: { matchLabels: { app: payments } }, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { app: client } } }], ports: [{ port: 80 }] }] }',
});
