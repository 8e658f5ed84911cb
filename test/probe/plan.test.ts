import { expect, test } from 'vitest';
import { planProbes } from '../../src/probe/probe-plan.ts';
import { endpoint, port, service, slice } from '../explain/builders.ts';
import { NOBODY, PAYMENTS, SHOP, way } from '../check/evaluate.ts';

const servers = (plan: ReturnType<typeof planProbes>): string[] =>
  plan.targets.map((target) => `${target.address}:${target.port}`);

test('what is dialled comes first, then each endpoint behind it', () => {
  const plan = planProbes(way());
  expect(servers(plan)).toEqual(['10.96.3.4:80', '10.244.1.8:8080', '10.244.2.7:8080']);
  expect(plan.targets.map(({ what }) => what)).toEqual([
    'svc/payments:80',
    'pod/shop/web-2:8080',
    'pod/shop/web:8080',
  ]);
});

test('their number is bounded', () => {
  const many = Array.from({ length: 40 }, (_, index) => endpoint(`10.244.2.${index + 10}`));
  const plan = planProbes(way({ ...SHOP, endpointSlices: [slice('payments', many)] }));
  expect(plan.targets).toHaveLength(11);
});

test('only what is an address becomes an argument', () => {
  const hostile = ['10.244.2.7,fork', '-h', '!!SYSTEM:reboot', '10.244.2.300'].map((address) =>
    endpoint(address),
  );
  const plan = planProbes(way({ ...SHOP, endpointSlices: [slice('payments', hostile)] }));
  expect(servers(plan)).toEqual(['10.96.3.4:80']);
});

test.each([
  [80, '', true, false],
  [443, '', true, true],
  [5432, '', false, false],
  [9000, 'http-metrics', true, false],
  [9000, 'https', true, true],
  [9000, 'tls-db', true, true],
])('port %d named "%s": HTTP %s, TLS %s', (number, name, http, tls) => {
  const services = [service('payments', '10.96.3.4', { ports: [port({ port: number, name })] })];
  const plan = planProbes(way({ ...SHOP, services }));
  expect([plan.speaksHttp, plan.speaksTls]).toEqual([http, tls]);
});

test('a URL says what is spoken, and for whom', () => {
  const asked = {
    ...PAYMENTS,
    service: null,
    name: 'payments',
    port: 80,
    protocol: 'TCP',
    url: 'http://payments/a?b={c}',
  };
  expect(planProbes(way(SHOP, asked))).toMatchObject({
    hostName: 'payments',
    httpPath: '/a?b={c}',
    speaksHttp: true,
    speaksTls: false,
  });
});

test('without a port nothing is tried', () => {
  expect(planProbes(way(SHOP, { ...NOBODY, addresses: ['10.0.0.1'] })).targets).toEqual([]);
});
