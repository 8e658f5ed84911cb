import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';

/** The kubelet's probes are refused until the program listens, as it is with every pod that starts. */
export const healthyStartingPod: Scenario = healthyVariant({
  name: 'healthy-starting-pod',
  title: 'nothing: a pod starts, and its readiness probes are refused until it listens',
  manifests: `
apiVersion: v1
kind: Pod
metadata:
  name: starting
  namespace: shop
  labels: { netdebug.example/scenario: healthy-starting-pod }
spec:
  nodeName: node1
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: registry.example/app:v1
      command: [sh, -c, "mkdir /tmp/www && touch /tmp/www/ready && sleep 25; exec httpd -f -p 8080 -h /tmp/www"]
      readinessProbe:
        httpGet: { path: /ready, port: 8080 }
        periodSeconds: 1
        failureThreshold: 1
`,
  target: 'pod/starting',
  seconds: 25,
  check: 'svc/payments:80',
});
