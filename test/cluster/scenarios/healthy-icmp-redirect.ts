import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';
import { serverPod } from './server-pod.ts';

/** A pod sends by the gateway what its neighbour on the same bridge could have directly; the node tells it so by ICMP. */
export const healthyIcmpRedirect: Scenario = healthyVariant({
  name: 'healthy-icmp-redirect',
  title: 'nothing: the node redirects a pod to its neighbour by ICMP',
  manifests: `${serverPod({
    scenario: 'healthy-icmp-redirect',
    name: 'neighbour',
    clusterIP: '',
    ports: { http: [8080, 8080] },
    script: 'mkdir /tmp/www && touch /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www',
    headless: true,
    node: 'node1',
  })}---
apiVersion: v1
kind: Pod
metadata:
  name: redirected
  namespace: shop
  labels: { netdebug.example/scenario: healthy-icmp-redirect }
spec:
  nodeName: node1
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: registry.example/app:v1
      securityContext: { capabilities: { add: [NET_ADMIN] } }
      command:
        - sh
        - -c
        - |
          domain=$(sed -n 's/^search \\([^ ]*\\).*/\\1/p' /etc/resolv.conf)
          while :; do
            to=$(dig +short "neighbour.$domain" | head -n 1)
            via=$(ip route show default | cut -d ' ' -f 3)
            [ -n "$to" ] && ip route replace "$to/32" via "$via" && curl -s -m 2 -o /dev/null "http://$to:8080/"
            sleep 0.5
          done
`,
  target: 'pod/redirected',
  faultOn: async (cluster, namespace) => await cluster.waitReady(namespace, 'pod/redirected'),
  // That the name does not exist, as before the pod was ready, is remembered for a while.
  symptom: { command: 'curl -s -m 2 -o /dev/null http://neighbour:8080/', exitStatus: 0 },
  check: 'svc/neighbour:8080',
  checkAfter: 'svc/payments:80',
});
