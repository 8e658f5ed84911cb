import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, finding, group, ranked } from './builders.ts';
import { WEB, webFacts } from './web.ts';

const answered = (words: string, asked = 'HTTP/1'): Finding =>
  finding('wrong-protocol', WEB, { details: { attempts: 3, spoke: { asked, answered: words } } });
const closed = (succeeded = 0): Finding =>
  finding('http-no-response', WEB, { details: { attempts: 3, succeeded, by: 'server' } });
const tls = group(WEB, { answered: 2 }, { client: '10.244.1.7', applications: ['TLS'] });

describe('plaintext-to-tls', () => {
  test.each(['TLS alert', 'TLS server', 'TLS ServerHello'])('the answer is %s', (words) => {
    expect(causeOf('plaintext-to-tls', [answered(words)], [], webFacts())).toMatchObject({
      confidence: 'certain',
      text: 'Pod shop/client sends plain HTTP to port 443 of Service shop/web, which speaks TLS',
      fix: 'let pod shop/client speak TLS there (https:// instead of http://)',
    });
  });

  test('a close is likely with TLS beside it, possible by the port’s number, else nothing', () => {
    expect(ranked(explain([closed()], [tls], webFacts()))).toEqual(['plaintext-to-tls likely']);
    expect(ranked(explain([closed()], [], webFacts()))).toEqual(['plaintext-to-tls possible']);
    expect(ranked(explain([closed()], [], webFacts({}, 'http')))).toEqual([]);
  });

  test('a reset of the same requests is the same story', () => {
    const reset = finding('tcp-reset-midstream', WEB, {
      details: { attempts: 3, succeeded: 0, by: 'server' },
    });
    expect(causeOf('plaintext-to-tls', [closed(), reset], [tls], webFacts()).findingIndexes).toEqual([0, 1]);
  });

  test('requests that got through, silence and another protocol are other stories', () => {
    const silent = finding('http-no-response', WEB, { details: { attempts: 3, succeeded: 0 } });
    for (const one of [closed(2), silent, answered('SSH banner'), answered('HTTP/1 response', 'TLS')])
      expect(ranked(explain([one], [tls], webFacts()))).not.toContainEqual(
        expect.stringContaining('plaintext-to-tls'),
      );
  });

  test('where the server is in a mesh and the client is not, the mesh is judged', () => {
    const meshed = webFacts({ sidecars: ['istio-proxy'] });
    expect(ranked(explain([closed()], [tls], meshed))).toEqual(['mesh-mtls-mismatch possible']);
  });
});
