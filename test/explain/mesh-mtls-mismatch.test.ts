import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, finding, group, ranked } from './builders.ts';
import { tlsFinding, WEB, webFacts } from './web.ts';

const hello = { protocols: ['istio-peer-exchange', 'istio'] };
const inClear = (part: Partial<Finding['details']> = {}): Finding => {
  const one = tlsFinding('wrong-protocol', hello);
  return {
    ...one,
    details: { ...one.details, spoke: { asked: 'TLS', answered: 'HTTP/1 response' }, ...part },
  };
};

describe('mesh-mtls-mismatch', () => {
  test('a mesh’s hello to pods without sidecar that answer in clear', () => {
    const cause = causeOf('mesh-mtls-mismatch', [inClear()], [], webFacts());
    expect(cause).toMatchObject({
      confidence: 'certain',
      text: 'the mesh’s proxy of pod shop/client speaks mutual TLS to port 443 of Service shop/web, whose pods have no sidecar',
      next: 'kubectl get destinationrules.networking.istio.io -n shop -o yaml',
    });
    expect(cause.evidence).toContain('Pod shop/web-1 has no sidecar');
    expect(ranked(explain([inClear()], [], webFacts()))).toEqual(['mesh-mtls-mismatch certain']);
    expect(ranked(explain([tlsFinding('tls-no-server-hello', hello)], [], webFacts()))).toEqual([
      'mesh-mtls-mismatch likely',
    ]);
  });

  test('not where the pods have a sidecar, are not known, or the hello is of no mesh', () => {
    expect(ranked(explain([inClear()], [], webFacts({ sidecars: ['istio-proxy'] })))).toEqual([]);
    expect(ranked(explain([{ ...inClear(), server: '203.0.113.7:443' }], [], webFacts()))).toEqual([]);
    const plain = inClear({ tls: { names: [], protocols: ['h2'] } });
    expect(ranked(explain([plain], [], webFacts()))).toEqual(['tls-to-plaintext certain']);
  });

  const closed = (succeeded = 0): Finding =>
    finding('http-no-response', WEB, { details: { attempts: 3, succeeded, by: 'server' } });
  const meshed = webFacts({ sidecars: ['istio-proxy'] });

  test('requests in clear that sidecars cut off are possible only, and it is said what would tell', () => {
    const explanation = explain([closed()], [], meshed);
    expect(ranked(explanation)).toEqual(['mesh-mtls-mismatch possible']);
    expect(explanation.unknowns).toContainEqual({
      what: 'whether the sidecars behind port 443 of Service shop/web demand mutual TLS',
      why: 'the mode of the PeerAuthentications was not read',
      next: 'kubectl get peerauthentications.security.istio.io -A -o yaml',
    });
    const wanted = tlsFinding('tls-client-certificate', { alert: { from: 'server', code: 116 } });
    expect(ranked(explain([wanted], [], meshed))).toEqual(['mesh-mtls-mismatch likely']);
  });

  test('not where some got through, or the client is in the mesh as well', () => {
    expect(ranked(explain([closed(1)], [], meshed))).toEqual([]);
    const both = {
      ...meshed,
      pods: (meshed.pods ?? []).map((one) => ({ ...one, sidecars: ['istio-proxy'] })),
    };
    expect(ranked(explain([closed()], [group(WEB, { answered: 3 })], both))).not.toContainEqual(
      expect.stringContaining('mesh'),
    );
  });
});
