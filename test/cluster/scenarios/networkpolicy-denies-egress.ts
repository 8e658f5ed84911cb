import type { Scenario } from '../scenario.ts';
import { policyScenario } from './policies.ts';

/** The client may ask DNS and orders, not payments. */
export const networkpolicyDeniesEgress: Scenario = policyScenario({
  name: 'networkpolicy-denies-egress',
  title: 'a NetworkPolicy lets the client out to another Service only',
  spec: '{ podSelector: { matchLabels: { app: client } }, policyTypes: [Egress], egress: [{ to: [{ podSelector: { matchLabels: { app: orders } } }] }, { ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }] }] }',
});
