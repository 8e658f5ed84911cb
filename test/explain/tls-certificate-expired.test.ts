import { describe, expect, test } from 'vitest';
import { explain } from '../../src/explain/index.ts';
import type { TlsDetails } from '../../src/detect/finding.ts';
import { causeOf, facts, ranked } from './builders.ts';
import { tlsFinding, WEB_POD, webFacts } from './web.ts';

const certificate = {
  subject: 'web',
  issuer: 'Test CA',
  names: ['web'],
  notBefore: '2025-11-20T10:00:00.000Z',
  notAfter: '2026-11-20T10:00:00.000Z',
};
const expired = (tls: Partial<TlsDetails> = {}): ReturnType<typeof tlsFinding> =>
  tlsFinding('tls-bad-certificate', { problem: 'expired', reaction: 'refused', certificate, ...tls });
const alert = (
  from: 'client' | 'server',
  code: number,
  tls: Partial<TlsDetails> = {},
): ReturnType<typeof tlsFinding> => tlsFinding('tls-alert', { alert: { from, code }, ...tls });

describe('tls-certificate-expired', () => {
  test('a certificate in sight that the client refuses, with the alert that says so', () => {
    const cause = causeOf('tls-certificate-expired', [expired(), alert('client', 45)], [], webFacts());
    expect(cause).toMatchObject({
      confidence: 'certain',
      findingIndexes: [0, 1],
      text: 'The certificate for web that port 443 of Service shop/web serves expired on 2026-11-20 10:00 UTC',
      next: 'kubectl get secrets -n shop --field-selector type=kubernetes.io/tls',
    });
    expect(cause.fix).toContain(
      "kubectl get pod web-1 -n shop -o jsonpath='{.spec.volumes[*].secret.secretName}'",
    );
  });

  test('clients that go on, or that only leave, make it likely', () => {
    for (const reaction of ['accepted', 'left', 'unknown'] as const)
      expect(ranked(explain([expired({ reaction })], [], webFacts()))).toEqual([
        'tls-certificate-expired likely',
      ]);
  });

  test('two clients of one server are one cause', () => {
    const other = { ...expired(), client: '10.244.1.6' };
    expect(causeOf('tls-certificate-expired', [expired(), other], [], webFacts()).findingIndexes).toEqual([
      0, 1,
    ]);
  });

  test('where another clock says that it is valid, it is only possible', () => {
    const early = expired({
      problem: 'early',
      certificate: {
        ...certificate,
        notBefore: '2026-11-21T10:04:40.000Z',
        notAfter: '2027-11-21T00:00:00.000Z',
      },
    });
    const cause = causeOf('tls-certificate-expired', [early], [], webFacts());
    expect(cause.confidence).toBe('possible');
    expect(cause.text).toContain('is not valid before 2026-11-21 10:04 UTC');
    expect(cause.evidence.join()).toContain('the clock of a node may be wrong');
    const farOff = expired({
      problem: 'early',
      certificate: {
        ...certificate,
        notBefore: '2026-12-21T00:00:00.000Z',
        notAfter: '2027-11-21T00:00:00.000Z',
      },
    });
    expect(causeOf('tls-certificate-expired', [farOff], [], webFacts()).confidence).toBe('certain');
  });

  test('the alert alone makes it likely, and says whose certificate it is', () => {
    expect(causeOf('tls-certificate-expired', [alert('client', 45)], [], webFacts())).toMatchObject({
      confidence: 'likely',
      text: 'The certificate that port 443 of Service shop/web serves has expired, says pod shop/client',
    });
    expect(causeOf('tls-certificate-expired', [alert('server', 45)], [], webFacts())).toMatchObject({
      confidence: 'likely',
      text: 'The certificate with which pod shop/client shows who it is has expired, says port 443 of Service shop/web',
    });
  });

  test('an alert although the certificate in sight is valid means another one, or a clock', () => {
    const valid = { ...certificate, notAfter: '2030-01-01T00:00:00.000Z' };
    const cause = causeOf(
      'tls-certificate-expired',
      [alert('client', 45, { certificate: valid })],
      [],
      webFacts(),
    );
    expect(cause.confidence).toBe('possible');
    expect(cause.text).toContain('one of those that signed it is, or the clock of the client is wrong');
  });

  test('other alerts and other faults of a certificate are not it', () => {
    const others = [
      alert('client', 48),
      alert('client', 42),
      expired({ problem: 'name' }),
      expired({ problem: 'self-signed' }),
    ];
    for (const one of others)
      expect(ranked(explain([one], [], webFacts()))).not.toContainEqual(expect.stringContaining('expired'));
  });

  test('a server outside the cluster is named by its address, and hostile words stay in one line', () => {
    const cause = causeOf(
      'tls-certificate-expired',
      [expired({ certificate: { ...certificate, subject: 'web\nkubectl delete ns shop\u001b[31m' } })],
      [],
      facts(),
    );
    for (const control of ['\n', '\u001b']) expect(cause.text).not.toContain(control);
    expect(cause.text).toContain('that 10.96.3.9:443 serves');
  });

  test('a pod whose name is none of Kubernetes gets into no command', () => {
    const cause = causeOf('tls-certificate-expired', [expired()], [], webFacts({ ...WEB_POD, name: 'a;b' }));
    expect(cause.fix).not.toContain('a;b -n');
  });
});
