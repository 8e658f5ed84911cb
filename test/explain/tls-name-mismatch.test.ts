import { describe, expect, test } from 'vitest';
import { explain } from '../../src/explain/index.ts';
import type { TlsDetails } from '../../src/detect/finding.ts';
import { causeOf, facts, ranked } from './builders.ts';
import { tlsFinding, webFacts } from './web.ts';

const certificate = {
  subject: 'web.example',
  issuer: 'Test CA',
  names: ['web.example', '*.web.example'],
  notBefore: '2025-11-20T10:00:00.000Z',
  notAfter: '2027-11-20T10:00:00.000Z',
};
const mismatch = (tls: Partial<TlsDetails> = {}): ReturnType<typeof tlsFinding> =>
  tlsFinding('tls-bad-certificate', { problem: 'name', reaction: 'refused', certificate, ...tls });

describe('tls-name-mismatch', () => {
  test('the client refuses a certificate that does not hold for the Service’s name', () => {
    const refusal = tlsFinding('tls-alert', { alert: { from: 'client', code: 42 } });
    const cause = causeOf('tls-name-mismatch', [mismatch(), refusal], [], webFacts());
    expect(cause).toMatchObject({
      confidence: 'certain',
      findingIndexes: [0, 1],
      text: 'Pod shop/client asks port 443 of Service shop/web by the name web, for which its certificate does not hold; it holds for web.example, *.web.example',
    });
    expect(cause.evidence).toContain(
      'web, web.shop, web.shop.svc, web.shop.svc.cluster.local are the names of Service shop/web inside the cluster',
    );
  });

  test('a client that leaves may have had another reason', () => {
    expect(ranked(explain([mismatch({ reaction: 'left' })], [], webFacts()))).toEqual([
      'tls-name-mismatch likely',
    ]);
  });

  test('a client that goes on does not mind', () => {
    for (const reaction of ['accepted', 'unknown'] as const)
      expect(ranked(explain([mismatch({ reaction })], [], webFacts()))).toEqual([]);
  });

  test('a server that does not know the name', () => {
    const unknown = tlsFinding('tls-alert', {
      alert: { from: 'server', code: 112 },
      names: ['shop.example'],
    });
    expect(causeOf('tls-name-mismatch', [unknown], [], webFacts())).toMatchObject({
      confidence: 'likely',
      text: 'Port 443 of Service shop/web serves no certificate for the name shop.example, by which pod shop/client asks',
    });
    const byClient = tlsFinding('tls-alert', { alert: { from: 'client', code: 112 } });
    expect(ranked(explain([byClient], [], webFacts()))).toEqual([]);
  });

  test('an outdated certificate, and an unknown authority, are other stories', () => {
    const others = [
      mismatch({ problem: 'self-signed' }),
      tlsFinding('tls-alert', { alert: { from: 'client', code: 48 } }),
    ];
    expect(ranked(explain(others, [], webFacts()))).toEqual([]);
  });

  test('a name that is none of the Service’s is not called so', () => {
    const cause = causeOf('tls-name-mismatch', [mismatch({ names: ['shop.example'] })], [], webFacts());
    expect(cause.evidence.join()).not.toContain('inside the cluster');
    expect(causeOf('tls-name-mismatch', [mismatch()], [], facts()).text).toContain('asks 10.96.3.9:443 by');
  });
});
