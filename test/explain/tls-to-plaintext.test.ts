import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, finding, group, ranked } from './builders.ts';
import { tlsFinding, WEB, webFacts } from './web.ts';

const answered = (words: string, asked = 'TLS'): Finding =>
  finding('wrong-protocol', WEB, { details: { attempts: 3, spoke: { asked, answered: words } } });
const closed = tlsFinding('tls-no-server-hello', {});
const closedByServer: Finding = { ...closed, details: { ...closed.details, by: 'server' } };

describe('tls-to-plaintext', () => {
  test('an HTTP response to a ClientHello proves it', () => {
    const cause = causeOf('tls-to-plaintext', [answered('HTTP/1 response')], [], webFacts());
    expect(cause).toMatchObject({
      confidence: 'certain',
      text: 'Pod shop/client speaks TLS to port 443 of Service shop/web, which speaks plain HTTP',
      next: "kubectl get service web -n shop -o jsonpath='{.spec.ports}'",
    });
    expect(cause.evidence).toContain('Service shop/web: port 443 (named web) goes to port 8443 of its pods');
    expect(cause.fix).toContain('the port is meant for TLS');
  });

  test('the banner of another protocol makes it likely; the client is told where the port is meant for HTTP', () => {
    expect(ranked(explain([answered('SSH banner')], [], webFacts()))).toEqual(['tls-to-plaintext likely']);
    const cause = causeOf('tls-to-plaintext', [answered('HTML')], [], webFacts({}, 'http'));
    expect(cause.fix).toContain('let pod shop/client speak without TLS there');
  });

  test('a close is likely with plain HTTP beside it, possible by the port’s name, else nothing', () => {
    const plain = group(WEB, { answered: 2 }, { client: '10.244.1.7', applications: ['HTTP/1.1'] });
    expect(ranked(explain([closedByServer], [plain], webFacts()))).toEqual(['tls-to-plaintext likely']);
    expect(ranked(explain([closedByServer], [], webFacts({}, 'http')))).toEqual([
      'tls-to-plaintext possible',
    ]);
    expect(ranked(explain([closedByServer], [], webFacts()))).toEqual([]);
  });

  test('silence, a TLS answer, HTTP to TLS and a mesh’s hello are other stories', () => {
    const mesh = tlsFinding('tls-no-server-hello', { protocols: ['istio'] });
    const others = [
      closed,
      answered('TLS alert', 'HTTP/1'),
      { ...mesh, details: { ...mesh.details, by: 'server' as const } },
    ];
    for (const one of others)
      expect(ranked(explain([one], [], webFacts({}, 'http')))).not.toContainEqual(
        expect.stringContaining('tls-to-plaintext'),
      );
  });
});
