import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';

/** With ndots:5 these names are looked for in each domain of the search list first: NXDOMAIN after NXDOMAIN, then the answer. */
export const healthySearchList: Scenario = healthyVariant({
  name: 'healthy-search-list',
  title: 'nothing: names are found behind the NXDOMAIN answers of the search list',
  traffic: `curl -sk -m 2 -o /dev/null https://kubernetes.default.svc.cluster.local/
curl -sk -m 2 -o /dev/null https://kubernetes.default/
`,
  symptom: { command: 'curl -sk -m 2 -o /dev/null https://kubernetes.default/', exitStatus: 0 },
  findings: ['dns-search-waste'],
  check: 'https://kubernetes.default/',
});
