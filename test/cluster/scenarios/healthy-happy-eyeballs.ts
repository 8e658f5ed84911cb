import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';

const lost = '198.51.100.7/32';

/**
 * A name with two addresses, one of which is out of reach and silent. The client begins with that one, begins with the
 * other a quarter of a second later, and leaves the loser alone (RFC 8305).
 */
export const healthyHappyEyeballs: Scenario = healthyVariant({
  name: 'healthy-happy-eyeballs',
  title: 'nothing: of two addresses of a name one is silent, and the client takes the other at once',
  manifests: `
apiVersion: v1
kind: Service
metadata:
  name: two
  namespace: shop
  labels: { netdebug.example/scenario: healthy-happy-eyeballs }
spec:
  clusterIP: None
  ports: [{ name: http, port: 80 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: two-1
  namespace: shop
  labels: { kubernetes.io/service-name: two, netdebug.example/scenario: healthy-happy-eyeballs }
addressType: IPv4
ports: [{ name: http, port: 80, protocol: TCP }]
endpoints:
  - { addresses: ["198.51.100.7"] }
  - { addresses: ["10.96.77.10"] }
`,
  faultOn: async (cluster) => {
    await cluster.inNode('node1', ['ip', 'route', 'replace', 'blackhole', lost]);
  },
  faultOff: async (cluster) => {
    await cluster.inNode('node1', ['ip', 'route', 'flush', 'type', 'blackhole', lost]);
  },
  traffic: `dig +short +search two
nc 198.51.100.7 80 < /dev/null &
sleep 0.2
kill $!
curl -s -m 2 -o /dev/null --resolve two:80:10.96.77.10 http://two/
sleep 1
`,
  check: 'http://two/',
  checkAfter: 'svc/payments:80',
});
