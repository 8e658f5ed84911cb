import { expect, test } from 'vitest';
import { planProbes } from '../../src/probe/probe-plan.ts';
import { CLIENT, endpoint, slice } from '../explain/builders.ts';
import { PAYMENTS, SHOP, way } from '../check/evaluate.ts';

test('what is dialled is tried first, then each endpoint', () => {
  expect(planProbes(way()).targets.map(({ address, isDialled }) => [address, isDialled])).toEqual([
    ['10.96.3.4', true],
    ['10.244.1.8', false],
    ['10.244.2.7', false],
  ]);
});

test('what is no address never reaches a program’s arguments', () => {
  const endpointSlices = [
    slice('payments', [
      endpoint('10.244.1.8', { node: 'node1', pod: 'web-2' }),
      endpoint('10.244.2.7:80,reuseaddr', { node: 'node2' }),
      endpoint('db.example', { node: 'node2' }),
    ]),
  ];
  const addresses = planProbes(way({ ...SHOP, endpointSlices })).targets.map(({ address }) => address);
  expect(addresses).toEqual(['10.96.3.4', '10.244.1.8']);
});

test('a URL that is asked at a Service keeps its host name and path', () => {
  const server = { ...PAYMENTS, url: 'http://shop.example/cart?a=1', port: 80, protocol: 'TCP' };
  expect(planProbes(way(SHOP, server))).toMatchObject({
    name: 'payments',
    hostName: 'shop.example',
    httpPath: '/cart?a=1',
    targets: [{ address: '10.96.3.4' }, {}, {}],
  });
});

test('a Service of another namespace is asked for with its own', () => {
  const client = { text: 'pod/back/client', pod: { ...CLIENT, namespace: 'back' }, address: '10.244.1.5' };
  expect(planProbes(way(SHOP, PAYMENTS, { client })).name).toBe('payments.shop');
});
