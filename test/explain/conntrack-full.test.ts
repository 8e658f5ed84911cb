import { describe, expect, it } from 'vitest';
import type { NodeNetworkFacts } from '../../src/cluster/node-network-facts.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, group, pod, ranked, service, slice } from './builders.ts';
import { network } from './node-builders.ts';

const PAYMENTS = '10.96.3.4:80';
const silent = finding('tcp-syn-no-answer', PAYMENTS);
const full: Partial<NodeNetworkFacts> = {
  sysctls: { 'net.netfilter.nf_conntrack_count': 990, 'net.netfilter.nf_conntrack_max': 1000 },
  counters: { 'conntrack.drop': { total: 40, grew: 6 } },
};
const cluster = (far: Partial<NodeNetworkFacts>): ReturnType<typeof facts> =>
  facts({
    services: [service('payments', '10.96.3.4')],
    pods: [pod('payments-2', { address: '10.244.2.7', labels: { app: 'payments' } })],
    endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'payments-2' })])],
    nodeNetworks: [network(1), network(2, far)],
  });

describe('conntrack-full', () => {
  it.each<[string, Partial<NodeNetworkFacts>, readonly string[]]>([
    ['full, and dropping just now', full, ['conntrack-full certain']],
    [
      'full, and it has dropped before',
      { ...full, counters: { 'conntrack.drop': { total: 40, grew: 0 } } },
      ['conntrack-full likely'],
    ],
    ['full, and nothing was dropped', { ...full, counters: { 'conntrack.drop': { total: 0, grew: 0 } } }, []],
    ['it has dropped, and there is room again', { counters: full.counters ?? null }, []],
    ['its counters could not be read', { ...full, counters: null }, []],
  ])('%s', (_, far, causes) => {
    expect(ranked(explain([silent], [group(PAYMENTS, { answered: 8, silent: 4 })], cluster(far)))).toEqual(
      causes,
    );
  });

  it('is no reason for a refusal', () => {
    expect(ranked(explain([finding('tcp-refused', PAYMENTS)], [], cluster(full)))).not.toContain(
      'conntrack-full certain',
    );
  });

  it('says how full it is', () => {
    expect(causeOf('conntrack-full', [silent], [], cluster(full)).text).toBe(
      'The connection table of node node2 is full (990 of 1000): it drops the first packets of new connections',
    );
  });
});
