import type { Scenario } from '../scenario.ts';
import { policyScenario } from './policies.ts';

/** Default deny for what comes in; DNS still answers, for CoreDNS is in another namespace. */
export const networkpolicyDeniesAll: Scenario = policyScenario({
  name: 'networkpolicy-denies-all',
  title: 'a NetworkPolicy denies all that comes in',
  spec: '{ podSelector: {}, policyTypes: [Ingress] }',
});
