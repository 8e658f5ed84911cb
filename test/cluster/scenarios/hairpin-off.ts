import { askPayments, type Scenario } from '../scenario.ts';

const setPorts = (mode: 'on' | 'off'): string[] => [
  'sh',
  '-ec',
  `ip -o link show master cni0 | while IFS=': ' read -r index name rest; do ip link set dev "\${name%@*}" type bridge_slave hairpin ${mode}; done`,
];

/** The client is the only endpoint of the Service that it dials; it listens, and its own SYN never comes back. */
export const hairpinOff: Scenario = {
  name: 'hairpin-off',
  title: "a pod dials its own Service, and its node's bridge has no hairpin mode; the node is looked into",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Service
metadata:
  name: mirror
  namespace: shop
  labels: { netdebug.example/scenario: hairpin-off }
spec:
  clusterIP: 10.96.77.40
  selector: { app: client }
  ports: [{ name: http, port: 80, targetPort: 9000 }]
`,
  faultOn: async (cluster) => {
    await cluster.inNode('node1', setPorts('off'));
  },
  faultOff: async (cluster) => {
    await cluster.inNode('node1', setPorts('on'));
  },
  // httpd goes to the background and says so if it is there already.
  traffic: `httpd -p 9000 -h /tmp 2>/dev/null
curl -s -m 2 -o /dev/null http://10.96.77.40/ &
${askPayments}wait
`,
  trafficAfter: askPayments, // the Service is gone then
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.40/', exitStatus: 28 },
  target: 'pod/client',
  check: 'svc/mirror:80',
  checkAfter: 'svc/payments:80',
  traceFlags: ['--read-node'],
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-syn-no-answer'],
    notFindings: ['hairpin-failed', 'tcp-refused', 'tcp-rejected-by-icmp', 'dns-no-answer'],
    causes: ['hairpin-off'],
    notCauses: ['node-ip-forward-off', 'node-bridge-nf-off', 'target-port-mismatch'],
    confidenceAtLeast: 'certain',
  },
};
