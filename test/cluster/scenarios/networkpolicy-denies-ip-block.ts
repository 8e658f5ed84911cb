import type { Scenario } from '../scenario.ts';
import { policyScenario } from './policies.ts';

/** Cilium takes an ipBlock for addresses outside the cluster only, so that the pods' whole range admits no pod. */
export const networkpolicyDeniesIpBlock: Scenario = policyScenario({
  name: 'networkpolicy-denies-ip-block',
  title: 'a NetworkPolicy admits pods by an ipBlock, which this pod network takes for hosts outside',
  spec: '{ podSelector: { matchLabels: { app: payments } }, policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: 10.244.0.0/16 } }] }] }',
});
