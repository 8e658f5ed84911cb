import type { Scenario } from '../scenario.ts';

/**
 * The client's node takes no larger packets than 1,400 bytes, and nothing tells the server's pod. Node 2 cuts what it
 * sends into packets of their own: veth lets through larger ones that are still to be cut.
 */
export const mtuTooLarge: Scenario = {
  name: 'mtu-too-large',
  title: "a node's link is smaller than the pods' MTU, and no ICMP error says so; the nodes are looked into",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  faultOn: async (cluster, namespace) => {
    await cluster.inPod(namespace, 'orders', 'dd if=/dev/zero of=/tmp/www/big bs=1k count=200');
    await cluster.inNode('node2', ['ethtool', '-K', 'eth0', 'tso', 'off', 'gso', 'off']);
    await cluster.inNode('node1', ['ip', 'link', 'set', 'eth0', 'mtu', '1400']);
  },
  faultOff: async (cluster) => {
    await cluster.inNode('node1', ['ip', 'link', 'set', 'eth0', 'mtu', '1500']);
    await cluster.inNode('node2', ['ethtool', '-K', 'eth0', 'tso', 'on', 'gso', 'on']);
  },
  traffic: 'curl -s -m 8 -o /dev/null http://orders/big\n',
  symptom: { command: 'curl -s -m 4 -o /dev/null http://10.96.77.20/big', exitStatus: 28 },
  // What is lost on the way is seen where it was sent.
  target: 'pod/orders',
  // Who asks sees nothing of it in its packets: an answer in small segments shows it.
  check: 'http://orders/big',
  checkFrom: 'pod/client',
  checkAfter: 'http://orders/',
  traceFlags: ['--read-node'],
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['path-mtu-black-hole'],
    notFindings: ['tcp-syn-no-answer', 'tcp-refused'],
    causes: ['mtu-too-large'],
    notCauses: ['node-firewall', 'node-ip-forward-off'],
    confidenceAtLeast: 'certain',
  },
};
