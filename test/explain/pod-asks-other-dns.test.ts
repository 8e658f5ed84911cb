import { describe, expect, it } from 'vitest';
import type { Facts, PodFacts } from '../../src/cluster/facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, CLIENT, COREDNS, facts, finding, ranked, service } from './builders.ts';

const ELSEWHERE = '192.0.2.53:53';
const PAYMENTS = service('payments', '10.96.3.4');

function missing(name: string, part: Partial<Finding> = {}): Finding {
  const walk = { name, candidates: [name], types: ['A'], queries: 2, nxdomain: 2 };
  return finding('dns-nxdomain', ELSEWHERE, { details: { walks: [walk], names: [name] }, ...part });
}

function around(pod: Partial<PodFacts>, part: Partial<Facts> = {}): Facts {
  return { ...facts({ services: [PAYMENTS], ...part }), pods: [{ ...CLIENT, ...pod }, COREDNS] };
}

const FULL = 'payments.shop.svc.cluster.local';
const ON_HOST = { hostNetwork: true, addresses: ['172.30.0.11'] };

describe('pod-asks-other-dns', () => {
  it.each<[string, Finding, Facts, string[]]>([
    ['dnsPolicy Default', missing(FULL), around({ dnsPolicy: 'Default' }), ['certain']],
    ['dnsPolicy None', missing('payments'), around({ dnsPolicy: 'None' }), ['certain']],
    ['a resolver of the program’s own', missing(FULL), around({}), ['likely']],
    [
      'a pod on the host’s network',
      missing('payments', { client: '172.30.0.11' }),
      around(ON_HOST),
      ['certain'],
    ],
    [
      'a pod on the host’s network that asks the cluster first',
      missing(FULL, { client: '172.30.0.11' }),
      around({ ...ON_HOST, dnsPolicy: 'ClusterFirstWithHostNet' }),
      ['likely'],
    ],
    [
      'a server that refuses',
      finding('dns-refused', ELSEWHERE, { details: { names: [FULL] } }),
      around({ dnsPolicy: 'Default' }),
      ['certain'],
    ],
    ['a name outside the cluster', missing('api.example.com'), around({ dnsPolicy: 'Default' }), []],
    ['a Service that does not exist', missing('orders.shop.svc'), around({ dnsPolicy: 'Default' }), []],
    ['the cluster’s DNS', missing(FULL, { server: '10.96.0.10:53' }), around({ dnsPolicy: 'Default' }), []],
    [
      'a pod of the cluster’s DNS',
      missing(FULL, { server: '10.244.2.2:53' }),
      around({ dnsPolicy: 'Default' }),
      [],
    ],
    ['NodeLocal DNSCache', missing(FULL, { server: '169.254.20.10:53' }), around({}), []],
    ['a client that is no pod', missing(FULL, { client: '192.0.2.7' }), around({ dnsPolicy: 'Default' }), []],
    [
      'the cluster’s DNS is not known',
      missing(FULL),
      around({ dnsPolicy: 'Default' }, { clusterDns: null }),
      [],
    ],
  ])('%s', (_, one, from, confidences) => {
    const causes = explain([one], [], from).causes.filter(({ id }) => id === 'pod-asks-other-dns');
    expect(causes.map(({ confidence }) => confidence)).toEqual(confidences);
  });

  it('names pod, Service, server and setting', () => {
    const cause = causeOf('pod-asks-other-dns', [missing(FULL)], [], around({ dnsPolicy: 'Default' }));
    expect(cause.text).toBe(
      'Pod shop/client looks for Service shop/payments at 192.0.2.53, which is not the cluster’s DNS: its dnsPolicy is Default, so it asks its node’s servers',
    );
    expect(cause.fix).toBe('set in the pod:\nspec:\n  dnsPolicy: ClusterFirst');
    expect(ranked(explain([missing(FULL)], [], around({ dnsPolicy: 'Default' })))).toEqual([
      'pod-asks-other-dns certain',
    ]);
  });
});
