import type { Scenario } from '../scenario.ts';

/** The symptom that the other node is out of reach, and the traffic that shows it; shared with the policy variant. */
export const acrossNodes: Pick<Scenario, 'faultOn' | 'faultOff' | 'traffic' | 'symptom'> = {
  faultOn: async (cluster) => {
    await cluster.inNode('node1', ['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
  },
  faultOff: async (cluster) => {
    await cluster.inNode('node1', ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  },
  // By ClusterIP, by name and by pod address, side by side: a lookup that hangs must not hold up the rest.
  traffic: `ask() { for i in 1 2 3; do curl -s -m 2 -o /dev/null "$1"; sleep 0.3; done; }
ask http://10.96.77.10/ &
ask http://10.96.77.20/ &
ask http://$PAYMENTS_1:8080/ &
ask http://$PAYMENTS_2:8080/ &
ask http://payments/ &
curl -s -m 6 -o /dev/null http://orders/ &
wait
`,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.20/', exitStatus: 28 },
};

/**
 * Pods on the other node are silent, CoreDNS among them, which is Ready. On the client's own node a
 * pod's address works, for that is bridged; a ClusterIP does not, even if the chosen endpoint is on
 * this node: after DNAT the packet has to be routed (Linux 6.18: counted in IpInAddrErrors).
 */
export const nodeIpForwardOff: Scenario = {
  name: 'node-ip-forward-off',
  title: "the client's node does not forward (net.ipv4.ip_forward=0)",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  ...acrossNodes,
  target: 'pod/client',
  check: 'svc/orders:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-syn-no-answer', 'dns-no-answer'],
    notFindings: ['tcp-refused', 'tcp-rejected-by-icmp', 'dns-port-unreachable'],
    causes: ['node-ip-forward-off'],
    notCauses: ['coredns-down', 'service-without-endpoints', 'stale-endpoint', 'node-bridge-nf-off'],
  },
};
