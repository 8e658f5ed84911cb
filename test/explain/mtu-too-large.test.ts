import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { NodeNetworkFacts } from '../../src/cluster/node-network-facts.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, facts, finding, pod, ranked } from './builders.ts';
import { link, network, route } from './node-builders.ts';

const SERVER = '10.244.2.7:8080';
const hole = finding('path-mtu-black-hole', SERVER, {
  details: { by: 'server', passedBytes: 1200, lostBytes: 1448 },
});
const veth = link('vetha', { kind: 'veth', bridge: 'cni0', hairpin: true });
const routes = (device: string): NodeNetworkFacts['routes'] => [
  route('0.0.0.0/0', 'eth0', '172.30.0.1'),
  route('10.244.1.0/24', 'cni0'),
  route('10.244.2.0/24', device),
];

function cluster(near: Partial<NodeNetworkFacts> | null, part: Partial<Facts> = {}): Facts {
  return facts({
    pods: [pod('payments-2', { address: '10.244.2.7' })],
    ...(near === null ? {} : { nodeNetworks: [network(1, near), network(2)] }),
    ...part,
  });
}

describe('mtu-too-large', () => {
  it.each<[string, Partial<NodeNetworkFacts> | null, readonly string[]]>([
    [
      'a node’s card carries less',
      { interfaces: [link('eth0', { mtuBytes: 1400 }), veth] },
      ['mtu-too-large certain'],
    ],
    [
      'the tunnel’s headers do not fit into the card’s MTU',
      {
        interfaces: [link('eth0', { mtuBytes: 1450 }), link('flannel.1', { kind: 'vxlan' }), veth],
        routes: routes('flannel.1'),
      },
      ['mtu-too-large certain'],
    ],
    ['all have room: the small link is between them', {}, ['mtu-too-large possible']],
    [
      'what passed would not fit either',
      { interfaces: [link('eth0', { mtuBytes: 1000 }), veth] },
      ['mtu-too-large possible'],
    ],
    [
      'a bridge that is none of the pods’ has larger ports',
      {
        interfaces: [
          link('eth0', { mtuBytes: 1400 }),
          { ...veth, mtuBytes: 1400 },
          link('vethd', { kind: 'veth', bridge: 'docker0' }),
        ],
      },
      ['mtu-too-large possible'],
    ],
    ['the nodes were not looked into', null, ['mtu-too-large likely']],
  ])('%s', (_, near, causes) => {
    expect(ranked(explain([hole], [], cluster(near)))).toEqual(causes);
  });

  it('is no cause for an address outside, nor on one node', () => {
    expect(ranked(explain([{ ...hole, server: '192.0.2.1:443' }], [], cluster(null)))).toEqual([]);
    const here = cluster(null, { pods: [pod('payments-2', { node: 'node1', address: '10.244.2.7' })] });
    expect(ranked(explain([hole], [], here))).toEqual([]);
  });

  it('recommends what fits', () => {
    const near = { interfaces: [link('eth0', { mtuBytes: 1400 }), veth] };
    const { fix, evidence } = causeOf('mtu-too-large', [hole], [], cluster(near));
    expect(fix).toMatch(/^set the pods’ MTU to 1400 /);
    expect(evidence).toContain('lost segments have 1448 bytes and with headers 1488; up to 1200 passed');
  });

  it('names what would decide', () => {
    expect(explain([hole], [], cluster(null)).unknowns.map(({ what }) => what)).toEqual([
      'MTU of the links of node node1',
      'MTU of the links of node node2',
    ]);
  });
});
