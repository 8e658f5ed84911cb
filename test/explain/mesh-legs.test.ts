import { expect, test } from 'vitest';
import type { ProxyLeg } from '../../src/conversations/conversation.ts';
import { pairMeshLegs } from '../../src/explain/mesh-legs.ts';
import { endpoint, facts, group, port, service, slice } from './builders.ts';

const pod = { node: 'node1', addresses: ['10.244.1.5'] };
const places = [pod, pod, { node: 'node2', addresses: ['10.244.2.7'] }];
const leg: ProxyLeg = {
  capture: 1,
  client: '10.244.1.5',
  proxy: '127.0.0.1:15001',
  mesh: 'Istio',
  server: '10.96.3.4:80',
  connections: 12,
  firstSeen: '2026-11-21T10:04:00.000000Z',
  lastSeen: '2026-11-21T10:04:30.000000Z',
};
const cluster = facts({
  services: [service('payments', '10.96.3.4', { ports: [port({ name: 'http' })] })],
  endpointSlices: [
    slice('payments', [endpoint('10.244.2.7'), endpoint('10.244.2.8')], {
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    }),
  ],
});

test('what went to a Service is paired with what the proxy sent to its endpoints, from the same pod only', () => {
  const groups = [
    group('10.244.2.7:8080', { answered: 7 }),
    group('10.244.2.8:8080', { answered: 5 }),
    group('10.244.2.8:9090', { answered: 5 }),
    group('10.244.2.8:8080', { answered: 3 }, { client: '10.244.1.9' }),
    group('10.244.2.7:8080', { answered: 7 }, { capture: 2 }),
    group('127.0.0.1:15001', { answered: 12 }, { capture: 1 }),
  ];
  expect(pairMeshLegs([leg], groups, places, cluster)).toEqual([
    {
      ...leg,
      direction: 'outbound',
      onward: [
        { capture: 0, client: '10.244.1.5', server: '10.244.2.7:8080', connections: 7 },
        { capture: 0, client: '10.244.1.5', server: '10.244.2.8:8080', connections: 5 },
      ],
    },
  ]);
});

test('without facts only the very address that was dialled counts', () => {
  const groups = [group('10.96.3.4:80', { answered: 12 }), group('10.244.2.7:8080', { answered: 7 })];
  expect(pairMeshLegs([leg], groups, places, null)[0]?.onward).toMatchObject([{ server: '10.96.3.4:80' }]);
});

test('what comes in is paired with what the proxy hands to the application', () => {
  const groups = [
    group('10.244.1.5:8080', { answered: 4 }, { client: '10.244.2.7' }),
    group('127.0.0.1:8080', { answered: 4 }, { capture: 1, client: '127.0.0.6' }),
    group('127.0.0.1:9090', { answered: 4 }, { capture: 1, client: '127.0.0.6' }),
  ];
  expect(pairMeshLegs([], groups, places, null)).toMatchObject([
    {
      direction: 'inbound',
      mesh: 'Istio',
      client: '10.244.2.7',
      server: '10.244.1.5:8080',
      connections: 4,
      onward: [{ capture: 1, client: '127.0.0.6', server: '127.0.0.1:8080', connections: 4 }],
    },
  ]);
});

test('an application that asks itself is no mesh', () => {
  const groups = [
    group('10.244.1.5:8080', { answered: 4 }, { client: '10.244.2.7' }),
    group('127.0.0.1:8080', { answered: 4 }, { capture: 1, client: '127.0.0.1' }),
  ];
  expect(pairMeshLegs([], groups, places, null)).toEqual([]);
});
