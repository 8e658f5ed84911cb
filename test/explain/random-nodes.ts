import fc from 'fast-check';
import type { PodFacts, ServiceFacts, EndpointSliceFacts } from '../../src/cluster/facts.ts';
import type {
  CounterFacts,
  FilterRuleFacts,
  NodeInterfaceFacts,
  NodeNetworkFacts,
} from '../../src/cluster/node-network-facts.ts';
import type { CauseId } from '../../src/explain/explanation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { endpoint, finding, pod, service, slice } from './builders.ts';
import { link, network, route, rule } from './node-builders.ts';

const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 3 });
const nullable = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { freq: 6 });
const counter: fc.Arbitrary<CounterFacts> = fc.record({ total: fc.nat(9), grew: fc.nat(2) });

const anyRule: fc.Arbitrary<FilterRuleFacts> = fc.record({
  tool: fc.constantFrom('iptables', 'iptables-legacy', 'nft'),
  family: fc.constantFrom('ip', 'ip6', 'inet'),
  table: fc.constantFrom('filter', 'raw', 'x; reboot'),
  chain: fc.constantFrom('FORWARD', 'INPUT', 'odd'),
  hook: fc.constantFrom('forward', 'input', 'prerouting', ''),
  verdict: fc.constantFrom('drop', 'reject'),
  text: fc.constantFrom('', '-d 10.244.2.0/24', '! -p', 'tcp dport { 80', '-s x -m set', 'ip daddr != @y'),
  packets: nullable(counter),
});

function anyLink(name: fc.Arbitrary<string>): fc.Arbitrary<NodeInterfaceFacts> {
  return fc.record({
    name: fc.oneof(name, fc.constantFrom('eth0', 'cni0')),
    kind: fc.constantFrom('', 'bridge', 'veth', 'vxlan', 'constructor'),
    mtuBytes: fc.constantFrom(0, 1400, 1500),
    isUp: fc.boolean(),
    bridge: fc.constantFrom('', 'cni0'),
    hairpin: nullable(fc.boolean()),
    isPromiscuous: fc.boolean(),
    forwardsIPv4: nullable(fc.boolean()),
    forwardsIPv6: nullable(fc.boolean()),
    rpFilter: nullable(fc.nat(3)),
    received: counter,
    sent: counter,
    lost: counter,
    hasProgram: fc.boolean(),
  });
}

/** What any node may show, hostile names included. */
export function anyNodeNetworks(
  name: fc.Arbitrary<string>,
  address: fc.Arbitrary<string>,
): fc.Arbitrary<readonly NodeNetworkFacts[]> {
  const setting = fc.constantFrom(
    'net.ipv4.ip_forward',
    'net.ipv4.conf.all.rp_filter',
    'net.netfilter.nf_conntrack_count',
    'net.netfilter.nf_conntrack_max',
  );
  const cidr = fc.constantFrom('10.244.1.0/24', '10.244.2.0/24', '0.0.0.0/0', 'x/y', '::/0');
  const target = fc.constantFrom('10.244.2.7:8080', 'x', '[fd00::7]:1');
  const one: fc.Arbitrary<NodeNetworkFacts> = fc.record({
    node: fc.oneof(name, fc.constantFrom('node1', 'node2')),
    readAt: name,
    windowMs: fc.nat(9000),
    sysctls: fc.dictionary(setting, nullable(fc.nat(9))),
    interfaces: nullable(few(anyLink(name))),
    routes: nullable(
      few(fc.record({ destination: cidr, via: address, device: name, type: fc.constant('unicast') })),
    ),
    counters: nullable(
      fc.dictionary(fc.constantFrom('conntrack.drop', 'TcpExtIPReversePathFilter', '__proto__'), counter),
    ),
    filterRules: nullable(few(anyRule)),
    services: nullable(
      few(fc.record({ namespace: name, name, isKnown: fc.boolean(), targets: few(target) })),
    ),
    udpPorts: nullable(few(fc.nat(65_535))),
  });
  return few(one);
}

const STALE = { namespace: 'shop', name: 'moved', isKnown: true, targets: ['10.244.2.66:8080'] };

/** Nodes with a fault of each kind; each shows with one of {@link NODE_FINDINGS}. */
export const FAULTY_NODES: readonly NodeNetworkFacts[] = [
  network(1, {
    sysctls: { 'net.bridge.bridge-nf-call-iptables': 0, 'net.ipv4.conf.all.rp_filter': 1 },
    interfaces: [
      link('eth0', { mtuBytes: 1400 }),
      link('eth1'),
      link('cni0', { kind: 'bridge' }),
      link('vetha', { kind: 'veth', bridge: 'cni0', hairpin: false }),
      link('flannel.1', { kind: 'vxlan', sent: { total: 9, grew: 4 } }),
    ],
    routes: [
      route('0.0.0.0/0', 'eth0', '172.30.0.1'),
      route('172.30.0.0/24', 'eth0'),
      route('10.244.1.0/24', 'cni0'),
      route('10.244.2.0/24', 'eth0', '172.30.0.12'),
      route('10.244.2.8/32', 'flannel.1'),
      route('10.244.2.7/32', 'eth1'),
    ],
    counters: { TcpExtIPReversePathFilter: { total: 3, grew: 3 } },
    services: [STALE],
  }),
  network(2, {
    sysctls: { 'net.netfilter.nf_conntrack_count': 999 },
    interfaces: [link('eth0'), link('flannel.1', { kind: 'vxlan' })],
    routes: [route('10.244.2.0/24', 'cni0'), route('10.244.1.0/24', 'flannel.1', '172.30.0.11')],
    counters: { 'conntrack.drop': { total: 3, grew: 3 } },
    filterRules: [rule('-d 10.244.2.0/24 -p tcp')],
    udpPorts: [8472],
  }),
  network(2, { node: 'node3', sysctls: { 'net.ipv4.ip_forward': 0 } }),
];

/** What those faults are seen by. */
export const NODE_SERVICES: readonly ServiceFacts[] = [
  service('mirror', '10.96.3.30', { selector: { app: 'client' } }),
  service('moved', '10.96.3.31'),
];
export const NODE_SLICES: readonly EndpointSliceFacts[] = [
  slice('mirror', [endpoint('10.244.1.5', { node: 'node1' })]),
  slice('moved', [endpoint('10.244.2.8', { node: 'node2' })]),
];
export const NODE_PODS: readonly PodFacts[] = [
  pod('tunnelled', { node: 'node2', address: '10.244.2.8' }),
  pod('beyond', { node: 'node3', address: '10.244.3.7' }),
  pod('wide', { node: 'node2', address: '10.244.2.9' }),
];
export const NODE_FINDINGS: readonly Finding[] = [
  finding('tcp-syn-no-answer', '10.96.3.30:80'),
  finding('tcp-refused', '10.96.3.31:80'),
  finding('tcp-syn-no-answer', '10.244.2.7:8080'),
  finding('tcp-syn-no-answer', '10.244.2.8:8080'),
  finding('tcp-syn-no-answer', '10.244.3.7:8080'),
  finding('path-mtu-black-hole', '10.244.2.9:8080', {
    details: { by: 'client', passedBytes: 500, lostBytes: 1448 },
  }),
];

/** Causes that are read on the nodes, so that a policy that may deny as well takes nothing from them. */
export const READ_CAUSES: ReadonlySet<CauseId> = new Set([
  'conntrack-full',
  'hairpin-off',
  'kube-proxy-stale',
  'mtu-too-large',
  'node-firewall',
  'node-ip-forward-off',
  'node-rp-filter',
  'overlay-blocked',
]);
