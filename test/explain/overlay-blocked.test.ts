import { describe, expect, it } from 'vitest';
import type { NodeInterfaceFacts, NodeNetworkFacts } from '../../src/cluster/node-network-facts.ts';
import type { Facts } from '../../src/cluster/facts.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, group, node, pod, ranked, service, slice } from './builders.ts';
import { link, network, route, rule } from './node-builders.ts';

const PAYMENTS = '10.96.3.4:80';
const silent = finding('tcp-syn-no-answer', PAYMENTS);
const silence = group(PAYMENTS, { silent: 12 });
const busy = { total: 900, grew: 14 };
const still = { total: 300, grew: 0 };

/** A node whose way to the other leads through VXLAN. */
function end(
  number: 1 | 2,
  part: Partial<Pick<NodeInterfaceFacts, 'sent' | 'received'>>,
  more: Partial<NodeNetworkFacts> = {},
): NodeNetworkFacts {
  const tunnel = link('flannel.1', { kind: 'vxlan', mtuBytes: 1450, sent: still, received: still, ...part });
  return network(number, {
    interfaces: [link('eth0'), link('cni0', { kind: 'bridge' }), tunnel],
    routes: [route(`10.244.${number}.0/24`, 'cni0'), route(`10.244.${3 - number}.0/24`, 'flannel.1')],
    udpPorts: [8472],
    ...more,
  });
}

function cluster(nodes: readonly NodeNetworkFacts[]): Facts {
  return facts({
    services: [service('payments', '10.96.3.4')],
    pods: [pod('payments-2', { address: '10.244.2.7', labels: { app: 'payments' } })],
    endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'payments-2' })])],
    nodeNetworks: nodes,
  });
}

const dropping = (grew: number): Partial<NodeNetworkFacts> => ({
  filterRules: [
    rule('-p udp -m udp --dport 8472', { chain: 'INPUT', hook: 'input', packets: { total: 50, grew } }),
  ],
});

describe('overlay-blocked', () => {
  it.each<[string, readonly NodeNetworkFacts[], readonly string[]]>([
    ['what goes in does not come out', [end(1, { sent: busy }), end(2, {})], ['overlay-blocked certain']],
    [
      'the answers do not come out',
      [end(1, { sent: busy }), end(2, { received: busy, sent: busy })],
      ['overlay-blocked certain'],
    ],
    ['it comes out', [end(1, { sent: busy }), end(2, { received: busy })], []],
    ['nothing goes in', [end(1, {}), end(2, {})], []],
    [
      'a rule of the other node drops it',
      [end(1, { sent: busy }), end(2, { received: busy }, dropping(5))],
      ['overlay-blocked certain'],
    ],
    [
      'a rule of the other node has dropped some',
      [end(1, { sent: busy }), end(2, { received: busy }, dropping(0))],
      ['overlay-blocked likely'],
    ],
    ['the way leads through no tunnel', [network(1), network(2)], []],
    ['only one node was looked into', [end(1, { sent: busy })], []],
  ])('%s', (_, nodes, causes) => {
    const found = ranked(explain([silent], [silence], cluster(nodes)));
    expect(found.filter((one) => one.startsWith('overlay-blocked'))).toEqual(causes);
  });

  it('is likely where the packets may have gone to a third node, or are few', () => {
    const lost = cluster([end(1, { sent: busy }), end(2, {})]);
    const third = { ...lost, nodes: [...(lost.nodes ?? []), node('node3', 3)] };
    expect(ranked(explain([silent], [silence], third))).toContain('overlay-blocked likely');
    const few = cluster([end(1, { sent: { total: 9, grew: 1 } }), end(2, {})]);
    expect(ranked(explain([silent], [silence], few))).toContain('overlay-blocked likely');
  });

  it('is not said of a node that does not forward', () => {
    const off = end(1, { sent: busy }, { sysctls: { 'net.ipv4.ip_forward': 0 } });
    expect(ranked(explain([silent], [silence], cluster([off, end(2, {})])))).toEqual([
      'node-ip-forward-off certain',
    ]);
  });

  it('names the tunnel, its port and the direction', () => {
    const { text, fix } = causeOf(
      'overlay-blocked',
      [silent],
      [silence],
      cluster([end(1, { sent: busy }), end(2, {})]),
    );
    expect(text).toBe(
      'The tunnel from node node1 to node node2 (VXLAN, UDP port 8472) is blocked: what goes in does not come out',
    );
    expect(fix).toContain('let VXLAN, UDP port 8472 pass from node node1 to node node2');
  });
});
