import { nodes } from '../nodes.ts';
import type { Scenario } from '../scenario.ts';

const [, far] = nodes;

/** Fills the table anew with connections that count as established, which are not dropped for new ones. */
const fill = `conntrack -F >/dev/null 2>&1 || true
max=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
awk -v max="$max" 'BEGIN {
  for (i = 0; i < max + 1000; i++)
    printf "-A -t 900 -u ASSURED -s 192.0.2.1 -d 198.51.100.%d -p udp --sport %d --dport 9\\n", int(i / 4000) + 1, 1024 + i % 4000
}' | conntrack -R - >/dev/null 2>&1 || true`;

/** What the node itself says and hears, probes included, goes on: else nobody could look into it. */
const exempt = (action: '-A' | '-D'): string =>
  [
    'PREROUTING -i lo',
    'OUTPUT -o lo',
    ...[far?.address, '10.244.2.1'].flatMap((own) => [`PREROUTING -d ${own}`, `OUTPUT -s ${own}`]),
  ]
    .map((rule) => `iptables -t raw ${action} ${rule} -j NOTRACK 2>/dev/null || true`)
    .join('\n');

/** The table of the server's node has no room for another connection. */
export const conntrackFull: Scenario = {
  name: 'conntrack-full',
  title: "the connection table of the server's node is full; the nodes are looked into",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  faultOn: async (cluster) => {
    await cluster.inNode('node2', ['sh', '-ec', `${exempt('-A')}\n${fill}`]);
  },
  faultOff: async (cluster) => {
    await cluster.inNode('node2', ['sh', '-ec', `conntrack -F >/dev/null 2>&1 || true\n${exempt('-D')}`]);
  },
  traffic: `for i in 1 2 3; do curl -s -m 2 -o /dev/null http://10.96.77.20/; sleep 0.3; done &
for i in 1 2 3; do curl -s -m 2 -o /dev/null http://$PAYMENTS_1:8080/; sleep 0.3; done &
wait
`,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.20/', exitStatus: 28 },
  target: 'pod/client',
  check: 'svc/orders:80',
  traceFlags: ['--read-node'],
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-syn-no-answer'],
    notFindings: ['tcp-refused', 'tcp-rejected-by-icmp'],
    causes: ['conntrack-full'],
    notCauses: ['node-ip-forward-off', 'node-firewall', 'node-rp-filter'],
    confidenceAtLeast: 'certain',
  },
};
