import type {
  FilterRuleFacts,
  NodeInterfaceFacts,
  NodeNetworkFacts,
  NodeRouteFacts,
} from '../../src/cluster/node-network-facts.ts';

const NOTHING = { total: 0, grew: 0 };

/** A node's interface; up, with 1500 bytes, and nothing else about it. */
export function link(name: string, part: Partial<NodeInterfaceFacts> = {}): NodeInterfaceFacts {
  return {
    name,
    kind: '',
    mtuBytes: 1500,
    isUp: true,
    bridge: '',
    hairpin: null,
    isPromiscuous: false,
    forwardsIPv4: true,
    forwardsIPv6: false,
    rpFilter: 0,
    received: NOTHING,
    sent: NOTHING,
    lost: NOTHING,
    hasProgram: false,
    ...part,
  };
}

export function route(destination: string, device: string, via = ''): NodeRouteFacts {
  return { destination, device, via, type: 'unicast' };
}

/** A rule of iptables in FORWARD that drops and met some packets just now. */
export function rule(text: string, part: Partial<FilterRuleFacts> = {}): FilterRuleFacts {
  return {
    tool: 'iptables',
    family: 'ip',
    table: 'filter',
    chain: 'FORWARD',
    hook: 'forward',
    verdict: 'drop',
    text,
    packets: { total: 9, grew: 4 },
    ...part,
  };
}

/** node1 or node2 of the builders' cluster as a healthy node shows itself: bridge, two pods, routes to the other. */
export function network(number: 1 | 2, part: Partial<NodeNetworkFacts> = {}): NodeNetworkFacts {
  const other = 3 - number;
  return {
    node: `node${number}`,
    readAt: '2026-11-21T10:05:10.000Z',
    windowMs: 4000,
    interfaces: [
      link('eth0'),
      link('cni0', { kind: 'bridge' }),
      link('vetha', { kind: 'veth', bridge: 'cni0', hairpin: true }),
      link('vethb', { kind: 'veth', bridge: 'cni0', hairpin: true }),
    ],
    routes: [
      route('0.0.0.0/0', 'eth0', '172.30.0.1'),
      route('172.30.0.0/24', 'eth0'),
      route(`10.244.${number}.0/24`, 'cni0'),
      route(`10.244.${other}.0/24`, 'eth0', `172.30.0.${10 + other}`),
    ],
    counters: {},
    filterRules: [],
    services: [],
    udpPorts: [],
    ...part,
    sysctls: {
      'net.ipv4.ip_forward': 1,
      'net.ipv4.conf.all.rp_filter': 0,
      'net.bridge.bridge-nf-call-iptables': 1,
      'net.netfilter.nf_conntrack_count': 200,
      'net.netfilter.nf_conntrack_max': 1000,
      ...part.sysctls,
    },
  };
}
