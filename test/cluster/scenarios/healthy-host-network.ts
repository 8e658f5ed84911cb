import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';

/** To the server, a client on the host's network has the node's address, of which no policy and no Service knows. */
export const healthyHostNetwork: Scenario = healthyVariant({
  name: 'healthy-host-network',
  title: "nothing: a client on the host's network asks a pod and a Service",
  manifests: `
apiVersion: v1
kind: Pod
metadata:
  name: on-host
  namespace: shop
  labels: { netdebug.example/scenario: healthy-host-network }
spec:
  nodeName: node2
  hostNetwork: true
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: registry.example/app:v1
      command: [sh, -c, "while :; do curl -s -m 2 -o /dev/null http://10.96.77.10/; sleep 0.3; done"]
`,
  target: 'pod/payments-1',
  check: 'svc/payments:80',
});
