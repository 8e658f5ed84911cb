import { describe, expect, test } from 'vitest';
import { openSurroundings } from '../../src/check/check.ts';
import type { ProbeResult } from '../../src/check/check-report.ts';
import type { CheckServer } from '../../src/check/route.ts';
import { contrastsOf, isSilentOffNode } from '../../src/check/contrast.ts';
import type { Facts } from '../../src/cluster/facts.ts';
import { endpoint, facts, pod, policy, service, slice } from '../explain/builders.ts';
import { NOBODY, PAYMENTS, SHOP, way } from './evaluate.ts';

/** Service orders with one pod on another node, beside payments with a pod on either. */
const BOTH: Partial<Facts> = {
  ...SHOP,
  pods: [...(SHOP.pods ?? []), pod('orders-1', { address: '10.244.2.9', labels: { app: 'orders' } })],
  services: [...(SHOP.services ?? []), service('orders', '10.96.3.7', { selector: { app: 'orders' } })],
  endpointSlices: [
    ...(SHOP.endpointSlices ?? []),
    slice('orders', [endpoint('10.244.2.9', { node: 'node2', pod: 'orders-1' })]),
  ],
};
const ORDERS: CheckServer = { ...NOBODY, service: { namespace: 'shop', name: 'orders' } };
/** The cluster's own DNS is among them. */
const DNS = 'pod/kube-system/coredns-1:53, on node2';
const contrasts = (part: Partial<Facts>, server = ORDERS): string[] =>
  contrastsOf(way(part, server), openSurroundings(facts(part), { isOfManifests: false })).map(
    ({ what }) => what,
  );

describe('pods to compare with', () => {
  test('one on the same node and one on another, none that was asked about', () => {
    expect(contrasts(BOTH)).toEqual([
      'pod/shop/web-2:8080, on the same node',
      DNS,
      'pod/shop/web:8080, on node2',
    ]);
    expect(contrasts(BOTH, PAYMENTS)).toEqual([DNS, 'pod/shop/orders-1:8080, on node2']);
  });

  test('none that is not ready, or that a policy may keep from answering', () => {
    const late = (SHOP.endpointSlices ?? []).map((one) => ({
      ...one,
      endpoints: one.endpoints.map((own) => ({ ...own, ready: false })),
    }));
    expect(
      contrasts({ ...BOTH, endpointSlices: [...late, ...(BOTH.endpointSlices ?? []).slice(1)] }),
    ).toEqual([DNS]);
    const deny = policy('deny', { podSelector: { matchLabels: { app: 'payments' }, matchExpressions: [] } });
    expect(contrasts({ ...BOTH, networkPolicies: [deny] })).toEqual([DNS]);
    expect(contrasts({ ...BOTH, networkPolicies: null })).toEqual([]);
  });

  test('none where what was asked is on the same node', () => {
    const near = { ...NOBODY, pods: [{ namespace: 'shop', name: 'web-2' }], port: 8080 };
    expect(contrasts(BOTH, near)).toEqual([]);
  });
});

describe('silence off the node', () => {
  const tried = (status: ProbeResult['status'], seen: string, layer: ProbeResult['layer'] = 'connect') => [
    { layer, what: '', status, seen, server: '10.244.2.7:8080' },
  ];

  test.each<[boolean, ProbeResult[]]>([
    [true, tried('failed', 'no answer within 4 s')],
    [false, tried('failed', 'connection refused')],
    [false, tried('ok', 'connected')],
    [false, tried('failed', 'no answer within 4 s', 'path')],
    [false, []],
  ])('%s: %j', (isSilent, probes) => {
    expect(isSilentOffNode(way(), probes)).toBe(isSilent);
  });
});
