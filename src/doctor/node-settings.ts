import type { NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import { listed } from '../explain/evidence.ts';
import type { Check, CheckResult } from './check.ts';

/** Above this share of its size connection tracking is about to drop new connections. */
const FULL_SHARE = 0.9;

/** `node-settings`: do the nodes forward, and do their MTUs fit together? Only where it was asked for. */
export const nodeSettings: Check = {
  id: 'node-settings',
  run: async (context) => {
    const read = await context.nodeNetworks();
    if (read === null)
      return [
        {
          subject: '',
          status: 'unknown',
          seen: 'sysctls, MTUs and connection tracking of the nodes were not read: nobody asked for it',
          fix: 'kubectl netdebug doctor --read-node',
        },
      ];
    const rows = read.networks.flatMap(judge);
    const troubled = new Set(rows.map(({ subject }) => subject));
    const fine = read.networks.filter(({ node }) => !troubled.has(`node ${node}`));
    return [
      ...fine.map((network) => ({
        subject: `node ${network.node}`,
        status: 'ok' as const,
        seen: `it forwards, filters no answers by their way back, and its connection tracking has room${programs(network)}`,
        fix: '',
      })),
      ...rows,
      ...mtuRows(read.networks),
      ...read.unreadable.map(({ what, why, fix }) => ({
        subject: '',
        status: 'unknown' as const,
        seen: `${what}: ${why}`,
        fix,
      })),
    ];
  },
};

/** XDP and tc programs see packets before every filter, and before a capture on the interface. */
function programs({ interfaces }: NodeNetworkFacts): string {
  if (interfaces === null) return '';
  const names = interfaces.flatMap(({ name, hasProgram }) => (hasProgram ? [name] : []));
  return names.length === 0
    ? '; no XDP or tc program is at its interfaces'
    : `; XDP or tc programs are at ${listed(names)}: bpftool net show`;
}

function judge({ node, sysctls, interfaces }: NodeNetworkFacts): CheckResult[] {
  const row = (status: 'failed' | 'warning', seen: string, fix: string): CheckResult => ({
    subject: `node ${node}`,
    status,
    seen,
    fix,
  });
  const hasBridge = (interfaces ?? []).some(({ kind }) => kind === 'bridge');
  const [count, max] = [
    sysctls['net.netfilter.nf_conntrack_count'],
    sysctls['net.netfilter.nf_conntrack_max'],
  ];
  const isFull =
    count !== undefined && count !== null && max !== undefined && max !== null && count > max * FULL_SHARE;
  return [
    ...(sysctls['net.ipv4.ip_forward'] === 0
      ? [
          row(
            'failed',
            'net.ipv4.ip_forward is 0: its pods reach nobody beyond it',
            'sysctl -w net.ipv4.ip_forward=1 (on the node; and in /etc/sysctl.d)',
          ),
        ]
      : []),
    ...(hasBridge && sysctls['net.bridge.bridge-nf-call-iptables'] === 0
      ? [
          row(
            'failed',
            'net.bridge.bridge-nf-call-iptables is 0: Services fail whose endpoint is on the client’s own node',
            'sysctl -w net.bridge.bridge-nf-call-iptables=1 (on the node; and in /etc/sysctl.d)',
          ),
        ]
      : []),
    ...(sysctls['net.ipv4.conf.all.rp_filter'] === 1
      ? [
          row(
            'warning',
            'net.ipv4.conf.all.rp_filter is 1: answers that come in by another interface than they would go out by are dropped',
            '',
          ),
        ]
      : []),
    ...(isFull
      ? [
          row(
            'failed',
            `connection tracking holds ${count} of ${max} entries`,
            'sysctl -w net.netfilter.nf_conntrack_max=… (on the node)',
          ),
        ]
      : []),
  ];
}

/** Whether network cards, tunnels and pods carry segments of sizes that fit together. */
function mtuRows(networks: readonly NodeNetworkFacts[]): CheckResult[] {
  const cards = networks.flatMap((network) => largest(network, CARD_KINDS));
  const tunnels = networks.flatMap((network) => largest(network, TUNNEL_KINDS));
  const pods = networks.flatMap((network) => largest(network, ['veth']));
  const isMixed = new Set(cards.map(({ mtuBytes }) => mtuBytes)).size > 1;
  const narrow = (tunnels.length > 0 ? tunnels : cards).toSorted((a, b) => a.mtuBytes - b.mtuBytes)[0];
  const wide = pods.filter(({ mtuBytes }) => narrow !== undefined && mtuBytes > narrow.mtuBytes);
  return [
    ...(isMixed ? [mtuRow(`the nodes’ network cards differ in MTU: ${mtuText(cards)}`)] : []),
    ...(wide.length > 0 && narrow !== undefined
      ? [
          mtuRow(
            `pods may send more at once (${mtuText(wide)}) than ${tunnels.length > 0 ? 'the tunnel' : 'the network card'} of ${narrow.node} carries (${narrow.mtuBytes})`,
          ),
        ]
      : []),
  ];
}

/** '' is a network card. */
const CARD_KINDS: readonly string[] = [''];
const TUNNEL_KINDS: readonly string[] = ['vxlan', 'geneve', 'ipip', 'wireguard'];

interface NodeMtu {
  readonly node: string;
  readonly mtuBytes: number;
}

/** The largest MTU of a node's interfaces of some kinds; nothing if it has none. */
function largest({ node, interfaces }: NodeNetworkFacts, kinds: readonly string[]): NodeMtu[] {
  const own = (interfaces ?? []).filter(({ kind, isUp }) => kinds.includes(kind) && isUp);
  return own.length === 0 ? [] : [{ node, mtuBytes: Math.max(...own.map(({ mtuBytes }) => mtuBytes)) }];
}

function mtuText(mtus: readonly NodeMtu[]): string {
  return mtus.map(({ node, mtuBytes }) => `${node} ${mtuBytes}`).join(', ');
}

function mtuRow(seen: string): CheckResult {
  const fix =
    'Large segments may vanish between them: give the pods an MTU that the smallest of them carries.';
  return { subject: '', status: 'warning', seen, fix };
}
