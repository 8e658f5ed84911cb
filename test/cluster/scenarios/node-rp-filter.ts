import type { Scenario } from '../scenario.ts';
import { nodes } from '../nodes.ts';
import { acrossNodes } from './node-ip-forward-off.ts';

const [near, far] = nodes;

/** A second interface that only the answers take, as on a node with two network cards; without the check all would work. */
export const nodeRpFilter: Scenario = {
  name: 'node-rp-filter',
  title:
    "the server's node answers by another interface and checks the reverse path strictly; nodes looked into",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  ...acrossNodes,
  faultOn: async (cluster) => {
    const script = `ip link add link eth0 name eth1 type macvlan mode bridge
ip link set eth1 up
ip route replace ${near?.podCidr} via ${near?.address} dev eth1 onlink
sysctl -qw net.ipv4.conf.all.rp_filter=1`;
    await cluster.inNode(far?.name ?? 'node2', ['sh', '-ec', script]);
  },
  faultOff: async (cluster) => {
    const script = `sysctl -qw net.ipv4.conf.all.rp_filter=0
ip route replace ${near?.podCidr} via ${near?.address} dev eth0
ip link del eth1 2>/dev/null || true`;
    await cluster.inNode(far?.name ?? 'node2', ['sh', '-ec', script]);
  },
  target: 'pod/client',
  check: 'svc/orders:80',
  traceFlags: ['--read-node'],
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-syn-no-answer', 'dns-no-answer'],
    notFindings: ['tcp-refused', 'tcp-rejected-by-icmp'],
    causes: ['node-rp-filter'],
    notCauses: ['node-ip-forward-off', 'node-firewall', 'overlay-blocked', 'coredns-down'],
    confidenceAtLeast: 'certain',
  },
};
