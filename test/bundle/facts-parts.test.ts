import { expect, test } from 'vitest';
import { factsShape } from '../../src/bundle/facts-shape.ts';
import { facts } from '../explain/builders.ts';
import { dnsServer, logs, USUAL } from '../explain/dns-builders.ts';
import { condition, gateway, httpRoute, ingress, routes } from '../explain/route-builders.ts';

const WHOLE = facts({
  dnsServer: dnsServer(USUAL, {
    logs: logs({
      upstreamErrors: [{ upstream: '192.0.2.1:53', problem: 'i/o timeout', count: 1 }],
      fatal: ['x'],
    }),
    nodeLocal: { daemonSet: 'kube-system/node-local-dns', addresses: ['169.254.20.10'], wanted: 2, ready: 1 },
  }),
  routes: routes({
    ingresses: [ingress([{}, { port: 'http' }], { tlsSecrets: ['a'], addresses: ['192.0.2.9'] })],
    gateways: [gateway({ conditions: [condition('Accepted', 'True')] })],
    httpRoutes: [httpRoute([condition('Accepted', 'True')])],
    referenceGrants: [
      {
        namespace: 'a',
        name: 'b',
        from: [{ kind: 'HTTPRoute', namespace: 'c' }],
        to: [{ kind: 'Service', name: '' }],
      },
    ],
  }),
});

test.each([
  ['all of it', WHOLE],
  ['what could not be read', facts({ dnsServer: dnsServer(null), routes: routes({ ingresses: null }) })],
  ['what nobody asked for', facts()],
])('facts about DNS servers and routes come back from a bundle as they went in: %s', (_, from) => {
  expect(factsShape(JSON.parse(JSON.stringify(from)), '')).toEqual(from);
});

test.each([
  [{ dnsServer: { config: { blocks: 'x' }, nodeLocal: null, logs: null } }, 'dnsServer.config'],
  [{ dnsServer: 7 }, 'dnsServer'],
  [{ routes: { ...routes(), gateways: [{}] } }, 'routes.gateways[0]'],
])('others are refused: %j', (part, place) => {
  expect(() => factsShape({ ...facts(), ...part }, '')).toThrow(place);
});
