import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, facts, finding, ranked, service } from './builders.ts';

function nxdomain(...names: readonly string[]): Finding {
  return finding('dns-nxdomain', '10.96.0.10:53', {
    details: {
      walks: names.map((name) => ({
        name,
        candidates: [`${name}.shop.svc.cluster.local`],
        types: ['A'],
        queries: 4,
        nxdomain: 4,
      })),
    },
  });
}

const services = facts({
  services: [
    service('payments', '10.96.3.4'),
    service('orders', '10.96.3.5', { namespace: 'sales' }),
    service('db', '10.96.3.6'),
  ],
});
const twins = facts({ services: [service('payment1', '10.96.3.4'), service('payment2', '10.96.3.5')] });

describe('dns-name-misspelt', () => {
  it.each<{
    readonly name: string;
    readonly from?: Facts;
    readonly confidence?: 'certain' | 'likely';
    readonly right: string | null;
  }>([
    { name: 'paymnets', right: 'payments' },
    { name: 'payment', right: 'payments' },
    { name: 'paymnets.shop', right: 'payments.shop' },
    { name: 'payments.shpo', right: 'payments.shop' },
    { name: 'paymnets.shop.svc', right: 'payments.shop.svc' },
    { name: 'paymnets.shop.svc.cluster.local', right: 'payments.shop.svc.cluster.local' },
    { name: 'web-0.paymnets.shop.svc.cluster.local', right: 'payments.shop.svc.cluster.local' },
    { name: 'orders', right: 'orders.sales' },
    { name: 'orders.shop', right: 'orders.sales' },
    { name: 'payment3', from: twins, confidence: 'likely', right: 'payment1, payment2' },
    { name: 'dc', right: null },
    { name: 'inventory', right: null },
    { name: 'googel.com', right: null },
    { name: 'api.taxrates.example', right: null },
    { name: 'paymnets.example.com', right: null },
    { name: 'paymnets', from: { ...services, services: null }, right: null },
    { name: 'paymnets', from: { ...services, partial: { services: ['kube-system'] } }, right: null },
    { name: '', right: null },
    { name: '.svc', right: null },
  ])('$name -> $right', ({ name, from = services, confidence = 'certain', right }) => {
    const explanation = explain([nxdomain(name)], [], from);
    expect(ranked(explanation)).toEqual(right === null ? [] : [`dns-name-misspelt ${confidence}`]);
    if (right !== null)
      expect(explanation.causes[0]?.fix).toBe(
        `where the application is configured, write ${right} instead of ${name}`,
      );
  });

  it('says where a Service of that name is', () => {
    const cause = causeOf('dns-name-misspelt', [nxdomain('orders')], [], services);
    expect(cause.text).toBe(
      'The name orders does not exist: there is no Service orders in namespace shop; a Service of that name is in namespace sales',
    );
    expect(cause.evidence).toContain('Service sales/orders exists');
  });

  it('does not call a name misspelt that exists now', () => {
    const explanation = explain([nxdomain('payments')], [], services);
    expect(explanation.causes).toEqual([]);
    expect(explanation.unknowns[0]?.what).toBe('why payments did not exist');
  });

  it('reads the cluster’s domain from the search list', () => {
    const from: Facts = {
      ...services,
      resolver: { nameservers: [], search: ['shop.svc.corp.internal', 'svc.corp.internal'], ndots: 5 },
    };
    expect(
      causeOf('dns-name-misspelt', [nxdomain('paymnets.shop.svc.corp.internal')], [], from).fix,
    ).toContain('payments.shop.svc.corp.internal');
    expect(explain([nxdomain('paymnets.shop.svc.cluster.local')], [], from).causes).toEqual([]);
  });

  it('judges each name of a finding', () => {
    expect(explain([nxdomain('paymnets', 'ordres.sales')], [], services).causes).toHaveLength(2);
  });
});
