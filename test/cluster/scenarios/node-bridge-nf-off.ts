import type { Scenario } from '../scenario.ts';

/** Replies between pods of one bridge skip the node's NAT: the SYN-ACK carries the pod's address. */
export const nodeBridgeNfOff: Scenario = {
  name: 'node-bridge-nf-off',
  title: "bridged packets skip the node's NAT (bridge-nf-call-iptables=0)",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Service
metadata: { name: payments, namespace: shop }
spec:
  clusterIP: 10.96.77.10
  selector: { app: payments, zone: one }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
`,
  faultOn: async (cluster) => {
    await cluster.inNode('node1', ['sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=0']);
  },
  faultOff: async (cluster) => {
    await cluster.inNode('node1', ['sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=1']);
  },
  traffic: `curl -s -m 2 -o /dev/null http://10.96.77.10/ &
curl -s -m 2 -o /dev/null http://payments/ &
curl -s -m 2 -o /dev/null http://orders/ &
wait
`,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 28 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['reply-from-other-address'],
    notFindings: ['tcp-refused', 'tcp-rejected-by-icmp', 'dns-no-answer', 'dns-nxdomain'],
    causes: ['node-bridge-nf-off'],
    notCauses: ['node-ip-forward-off', 'service-without-endpoints', 'target-port-mismatch', 'coredns-down'],
  },
};
