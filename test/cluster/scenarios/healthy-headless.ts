import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';
import { serverPod } from './server-pod.ts';

/** A headless Service: its name leads to the pod's own address, and no port is translated. */
export const healthyHeadless: Scenario = healthyVariant({
  name: 'healthy-headless',
  title: 'nothing: a headless Service is asked at the port of its pods',
  manifests: serverPod({
    scenario: 'healthy-headless',
    name: 'files',
    clusterIP: '',
    ports: { http: [80, 8080] },
    script: 'mkdir /tmp/www && touch /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www',
    headless: true,
  }),
  traffic: `curl -s -m 2 -o /dev/null http://files:8080/
`,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://files:8080/', exitStatus: 0 },
  check: 'http://files:8080/',
  checkAfter: 'svc/payments:80',
});
