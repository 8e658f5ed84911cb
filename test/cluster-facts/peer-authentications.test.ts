import { expect, test } from 'vitest';
import { collectFacts } from '../../src/cluster/collect.ts';
import { HEALTHY, meta } from './answers.ts';
import { fakeApi } from './fake-api.ts';

const REQUEST = { targets: [{ namespace: 'shop', name: 'client' }], resolver: null };

test('takes over which pods demand mutual TLS, where it is known of all', async () => {
  const istio = (count: number): Record<string, unknown> => ({
    ...HEALTHY,
    '/apis': {
      groups: [{ name: 'security.istio.io', versions: [{ groupVersion: 'security.istio.io/v1' }] }],
    },
    '/apis/security.istio.io/v1': {
      resources: [{ kind: 'PeerAuthentication', name: 'peerauthentications' }],
    },
    '/apis/security.istio.io/v1/peerauthentications': Array.from({ length: count }, (_, i) => ({
      metadata: meta('shop', `strict-${i}`),
      spec: {
        selector: { matchLabels: { app: 'web' } },
        mtls: { mode: 'STRICT' },
        portLevelMtls: { 8443: { mode: 'DISABLE' }, 9000: { mode: 'SOMETHING' } },
      },
    })),
  });
  const facts = await collectFacts(fakeApi(istio(1)), REQUEST);
  expect(facts.peerAuthentications).toEqual([
    {
      namespace: 'shop',
      name: 'strict-0',
      selector: { app: 'web' },
      mode: 'STRICT',
      portModes: { 8443: 'DISABLE', 9000: 'UNSET' },
    },
  ]);
  expect((await collectFacts(fakeApi(istio(50)), REQUEST)).peerAuthentications).toBeUndefined();
  expect((await collectFacts(fakeApi(HEALTHY), REQUEST)).peerAuthentications).toBeUndefined();
});
