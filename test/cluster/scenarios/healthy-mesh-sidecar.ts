import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';

/** What the program sends is redirected to a proxy in its own pod, as a mesh's init container does it (REDIRECT). */
export const healthyMeshSidecar: Scenario = healthyVariant({
  name: 'healthy-mesh-sidecar',
  title: "nothing: a mesh's sidecar takes over the connections of its pod",
  manifests: `
apiVersion: v1
kind: Pod
metadata:
  name: meshed
  namespace: shop
  labels: { netdebug.example/scenario: healthy-mesh-sidecar }
spec:
  nodeName: node1
  terminationGracePeriodSeconds: 1
  initContainers:
    - name: istio-init
      image: docker.io/nicolaka/netshoot:v0.16
      securityContext: { capabilities: { add: [NET_ADMIN] } }
      command:
        - sh
        - -c
        - |
          nft add table ip mesh
          nft add chain ip mesh out '{ type nat hook output priority -100; }'
          nft add rule ip mesh out ip daddr 10.96.77.10 tcp dport 80 redirect to :15001
  containers:
    - name: app
      image: registry.example/app:v1
      command: [sh, -c, "while :; do curl -s -m 2 -o /dev/null http://10.96.77.10/; sleep 0.3; done"]
    - name: istio-proxy
      image: registry.example/app:v1
      command: [socat, "TCP-LISTEN:15001,fork,reuseaddr", "TCP:10.96.77.20:80"]
`,
  target: 'pod/meshed',
  faultOn: async (cluster, namespace) => await cluster.waitReady(namespace, 'pod/meshed'),
  check: 'svc/payments:80',
});
