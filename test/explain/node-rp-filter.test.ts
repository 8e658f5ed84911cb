import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { NodeNetworkFacts } from '../../src/cluster/node-network-facts.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, group, pod, ranked, service, slice } from './builders.ts';
import { link, network, route } from './node-builders.ts';

const PAYMENTS = '10.96.3.4:80';
const silent = finding('tcp-syn-no-answer', PAYMENTS);
const silence = group(PAYMENTS, { silent: 12 });
const asymmetric = [
  route('0.0.0.0/0', 'eth0', '172.30.0.1'),
  route('172.30.0.0/24', 'eth0'),
  route('10.244.2.0/24', 'cni0'),
  route('10.244.1.0/24', 'eth1', '172.30.0.11'),
];
const strict: Partial<NodeNetworkFacts> = {
  routes: asymmetric,
  interfaces: [link('eth0'), link('eth1'), link('cni0', { kind: 'bridge' })],
  sysctls: { 'net.ipv4.conf.all.rp_filter': 1 },
  counters: { TcpExtIPReversePathFilter: { total: 30, grew: 12 } },
};

function cluster(far: Partial<NodeNetworkFacts>, part: Partial<Facts> = {}): Facts {
  return facts({
    services: [service('payments', '10.96.3.4')],
    pods: [pod('payments-2', { address: '10.244.2.7', labels: { app: 'payments' } })],
    endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'payments-2' })])],
    nodeNetworks: [network(1), network(2, far)],
    ...part,
  });
}

describe('node-rp-filter', () => {
  it.each<[string, Partial<NodeNetworkFacts>, readonly string[]]>([
    ['packets come by one interface and answers leave by another', strict, ['node-rp-filter certain']],
    [
      'it was counted before',
      { ...strict, counters: { TcpExtIPReversePathFilter: { total: 30, grew: 0 } } },
      ['node-rp-filter likely'],
    ],
    ['nothing was counted', { ...strict, counters: {} }, []],
    ['the check is loose', { ...strict, sysctls: { 'net.ipv4.conf.all.rp_filter': 2 } }, []],
    ['there is no check', { ...strict, sysctls: {} }, []],
    [
      'the interface alone is checked',
      { ...strict, sysctls: {}, interfaces: [link('eth0', { rpFilter: 1 }), link('eth1'), link('cni0')] },
      ['node-rp-filter certain'],
    ],
    [
      'the interface is checked loosely: the higher value counts',
      { ...strict, interfaces: [link('eth0', { rpFilter: 2 }), link('eth1'), link('cni0')] },
      [],
    ],
    ['the route is symmetric', { sysctls: strict.sysctls ?? {}, counters: strict.counters ?? null }, []],
  ])('%s', (_, far, causes) => {
    expect(ranked(explain([silent], [silence], cluster(far)))).toEqual(causes);
  });

  it('sees answers dropped at the client’s node as well', () => {
    const near = network(1, {
      ...strict,
      routes: [
        ...asymmetric.slice(0, 2),
        route('10.244.1.0/24', 'cni0'),
        route('10.244.2.0/24', 'eth1', '172.30.0.12'),
      ],
    });
    expect(ranked(explain([silent], [silence], cluster({}, { nodeNetworks: [near, network(2)] })))).toEqual([
      'node-rp-filter certain',
    ]);
  });

  it('concludes nothing where the other node was not looked into', () => {
    const alone = cluster({}, { nodeNetworks: [network(2, strict)] });
    expect(ranked(explain([silent], [silence], alone))).toEqual([]);
  });

  it('prints no interface that is no plain name', () => {
    const name = 'eth0;reboot';
    const odd = {
      ...strict,
      routes: asymmetric.map((one) => (one.device === 'eth0' ? { ...one, device: name } : one)),
      interfaces: [link(name), link('eth1'), link('cni0')],
    };
    expect(causeOf('node-rp-filter', [silent], [silence], cluster(odd)).fix).toContain(
      'sysctl -w net.ipv4.conf.INTERFACE.rp_filter=2',
    );
  });
});
