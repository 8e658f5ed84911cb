import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { PeerAuthenticationFacts } from '../../src/cluster/mesh-facts.ts';
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
      text: 'The mesh’s proxy of pod shop/client speaks mutual TLS to port 443 of Service shop/web, whose pods have no sidecar',
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
      why: 'the modes of the PeerAuthentications that are for them are not known',
      next: 'kubectl get peerauthentications.security.istio.io -A -o yaml',
    });
    const wanted = tlsFinding('tls-client-certificate', { alert: { from: 'server', code: 116 } });
    expect(ranked(explain([wanted], [], meshed))).toEqual(['mesh-mtls-mismatch likely']);
  });

  test('a reset of the same requests is the same story', () => {
    const reset = finding('tcp-reset-midstream', WEB, {
      details: { attempts: 3, succeeded: 0, by: 'server' },
    });
    expect(causeOf('mesh-mtls-mismatch', [closed(), reset], [], meshed).findingIndexes).toEqual([0, 1]);
  });

  const policies = (...list: Partial<PeerAuthenticationFacts>[]): Facts => ({
    ...meshed,
    peerAuthentications: list.map((one, i) => ({
      namespace: 'shop',
      name: `policy-${i}`,
      selector: {},
      mode: 'UNSET' as const,
      portModes: {},
      ...one,
    })),
  });

  test.each<readonly [string, Facts]>([
    ['of the namespace', policies({ mode: 'STRICT' })],
    [
      'of the mesh',
      policies({ namespace: 'istio-system', mode: 'STRICT' }, { namespace: 'other', mode: 'DISABLE' }),
    ],
    ['of the pod', policies({ mode: 'DISABLE' }, { selector: { app: 'web' }, mode: 'STRICT' })],
    [
      'of the port',
      policies({ selector: { app: 'web' }, mode: 'PERMISSIVE', portModes: { '8443': 'STRICT' } }),
    ],
  ])('a STRICT PeerAuthentication %s makes it certain', (_, facts) => {
    const explanation = explain([closed()], [], facts);
    expect(ranked(explanation)).toEqual(['mesh-mtls-mismatch certain']);
    expect(explanation.causes[0]?.evidence.join()).toMatch(/PeerAuthentication .*: mode STRICT/u);
    expect(explanation.unknowns).toEqual([]);
  });

  test.each<readonly [string, Facts]>([
    ['there is none', policies()],
    ['it is for others', policies({ selector: { app: 'db' }, mode: 'STRICT' })],
    ['it is for another port', policies({ selector: { app: 'web' }, portModes: { '9000': 'STRICT' } })],
    [
      'the pod’s own says otherwise',
      policies({ mode: 'STRICT' }, { selector: { app: 'web' }, mode: 'PERMISSIVE' }),
    ],
  ])('plain text is taken where %s', (_, facts) => {
    expect(ranked(explain([closed()], [], facts))).toEqual([]);
  });

  test('policies that disagree about the pod are not decided', () => {
    const both = policies(
      { selector: { app: 'web' }, mode: 'STRICT' },
      { selector: { app: 'web' }, mode: 'DISABLE' },
    );
    expect(ranked(explain([closed()], [], both))).toEqual(['mesh-mtls-mismatch possible']);
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
