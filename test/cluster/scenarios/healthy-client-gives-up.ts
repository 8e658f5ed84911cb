import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';
import { answeringAfter, serverPod } from './server-pod.ts';

/** The client asks, and closes after a third of a second, before the server has answered: it has changed its mind. */
export const healthyClientGivesUp: Scenario = healthyVariant({
  name: 'healthy-client-gives-up',
  title: 'nothing: a client gives its requests up by itself',
  manifests: serverPod({
    scenario: 'healthy-client-gives-up',
    name: 'slow',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8080] },
    script: answeringAfter(0.6),
  }),
  traffic: `curl -s -m 0.3 -o /dev/null http://slow/
`,
  symptom: { command: 'curl -s -m 5 -o /dev/null http://10.96.77.30/', exitStatus: 0 },
  check: 'svc/slow:80',
  checkAfter: 'svc/payments:80',
});
