import type { Cluster } from '../cluster.ts';
import type { Scenario } from '../scenario.ts';
import { acrossNodes } from './node-ip-forward-off.ts';

const rule = ['FORWARD', '-d', '10.244.2.0/24', '-p', 'tcp', '--dport', '8080', '-j', 'DROP'];

/** As a hardening script does: a rule of its own in FORWARD of the server's node. DNS goes on. */
export const nodeFirewall: Scenario = {
  name: 'node-firewall',
  title: "a rule in FORWARD of the server's node drops the pods' port, and the nodes are looked into",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  ...acrossNodes,
  faultOn: async (cluster: Cluster) => {
    await cluster.inNode('node2', ['iptables', '-I', ...rule]);
  },
  faultOff: async (cluster: Cluster) => {
    await cluster.inNode('node2', [
      'sh',
      '-c',
      `while iptables -D ${rule.join(' ')} 2>/dev/null; do :; done`,
    ]);
  },
  target: 'pod/client',
  check: 'svc/orders:80',
  traceFlags: ['--read-node'],
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-syn-no-answer'],
    notFindings: ['tcp-refused', 'tcp-rejected-by-icmp', 'dns-no-answer'],
    causes: ['node-firewall'],
    notCauses: ['node-ip-forward-off', 'node-rp-filter', 'overlay-blocked', 'stale-endpoint'],
    confidenceAtLeast: 'certain',
  },
};
