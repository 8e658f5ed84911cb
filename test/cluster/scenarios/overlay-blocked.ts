import { run, tryRun } from '../command.ts';
import { type ClusterNode, nodes } from '../nodes.ts';
import type { Scenario } from '../scenario.ts';
import { acrossNodes } from './node-ip-forward-off.ts';

const [near, far] = nodes as readonly [ClusterNode, ClusterNode];
/** Addresses of the tunnel's ends, of nobody else here. */
const ends: Readonly<Record<ClusterNode['name'], { readonly ip: string; readonly mac: string }>> = {
  node1: { ip: '10.255.255.1', mac: '02:00:0a:ff:ff:01' },
  node2: { ip: '10.255.255.2', mac: '02:00:0a:ff:ff:02' },
};

/** Gives the pods' packets for the other node to a VXLAN whose ends know each other, as flannel does. */
function tunnel(own: ClusterNode, other: ClusterNode): string {
  return `ip link add netdebug.1 address ${ends[own.name].mac} type vxlan id 77 dstport 8472 local ${own.address} remote ${other.address} dev eth0
ip address add ${ends[own.name].ip}/24 dev netdebug.1
ip link set netdebug.1 up
ip route replace ${other.podCidr} via ${ends[other.name].ip} dev netdebug.1
ip neighbour replace ${ends[other.name].ip} lladdr ${ends[other.name].mac} dev netdebug.1 nud permanent`;
}

/** A table of the bridge that is the wire between the nodes. */
const between = ['bridge', `netdebug-${near.mark}`];

/** Between the nodes UDP 8472 is dropped, where no packet filter of theirs sees it. */
export const overlayBlocked: Scenario = {
  name: 'overlay-blocked',
  title:
    'pods of two nodes talk through VXLAN, and something between the nodes drops it; the nodes are looked into',
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  ...acrossNodes,
  faultOn: async (cluster) => {
    await cluster.inNode(near.name, ['sh', '-ec', tunnel(near, far)]);
    await cluster.inNode(far.name, ['sh', '-ec', tunnel(far, near)]);
    await run(['nft', 'add', 'table', ...between]);
    await run(['nft', 'add', 'chain', ...between, 'wire', '{ type filter hook forward priority 0; }']);
    await run([
      'nft',
      'add',
      'rule',
      ...between,
      'wire',
      'iifname',
      near.mark,
      'udp',
      'dport',
      '8472',
      'drop',
    ]);
  },
  faultOff: async (cluster) => {
    await tryRun(['nft', 'delete', 'table', ...between]); // it may not have come so far
    const undo = (
      other: ClusterNode,
    ): string => `ip route replace ${other.podCidr} via ${other.address} dev eth0
ip link del netdebug.1 2>/dev/null || true`;
    await cluster.inNode(near.name, ['sh', '-ec', undo(far)]);
    await cluster.inNode(far.name, ['sh', '-ec', undo(near)]);
  },
  target: 'pod/client',
  check: 'svc/orders:80',
  traceFlags: ['--read-node'],
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-syn-no-answer', 'dns-no-answer'],
    notFindings: ['tcp-refused'],
    causes: ['overlay-blocked'],
    notCauses: ['node-ip-forward-off', 'node-rp-filter', 'node-firewall', 'coredns-down'],
    confidenceAtLeast: 'certain',
  },
};
