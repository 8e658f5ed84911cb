import type { Scenario } from '../scenario.ts';
import { oneBadEndpoint } from './one-bad-endpoint.ts';

const ASK = 'curl -s -m 2 -o /dev/null http://ledger:8080/hostname';

/** A headless Service: its name leads to one pod or the other, and the client's packets name them. */
export const oneBadEndpointSeen: Scenario = {
  ...oneBadEndpoint,
  name: 'one-bad-endpoint-seen',
  title:
    "one of a headless Service's two pods closes connections without an answer; the client alone is traced",
  manifests: oneBadEndpoint.manifests.replace('clusterIP: 10.96.77.30', 'clusterIP: None'),
  traffic: `for i in 1 2 3; do ${ASK}; done
`,
  symptom: {
    command: `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ${ASK} || exit $?; done`,
    exitStatus: 52,
  },
  further: [],
  check: 'svc/ledger:8080',
};
