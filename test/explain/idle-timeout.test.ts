import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, facts, finding, ranked } from './builders.ts';
import { WEB, webFacts } from './web.ts';

const forgotten = (seconds: number, server = WEB): Finding =>
  finding('tcp-reset-after-idle', server, {
    details: { attempts: 4, longestMs: seconds * 1000, by: 'server', refusalTtl: 62, hostTtl: 63 },
  });

describe('idle-timeout', () => {
  test('between pods: the limits that can stand there, keep-alives, and where to look', () => {
    const cause = causeOf('idle-timeout', [forgotten(3700)], [], webFacts());
    expect(cause.confidence).toBe('likely');
    expect(cause.text).toContain('at the latest after 3700 s somebody on the way has forgotten them');
    expect(cause.evidence.join('\n')).toContain('IPVS forget a connection after 900 s');
    expect(cause.evidence.join('\n')).toContain('Envoy, and so most meshes and gateways forget');
    expect(cause.evidence.join('\n')).not.toContain('AWS');
    expect(cause.evidence.join('\n')).toContain('time to live 62');
    expect(cause.fix).toContain('value: "1233"');
    expect(cause.next).toContain('net.netfilter.nf_conntrack_tcp_timeout_established');
  });

  test('out of the cluster: the limits of clouds', () => {
    const cause = causeOf('idle-timeout', [forgotten(355, '203.0.113.7:443')], [], facts());
    expect(cause.evidence.join('\n')).toContain('AWS network load balancers and NAT gateways forget');
    expect(cause.evidence.join('\n')).not.toContain('Envoy');
    expect(cause.evidence.join('\n')).not.toContain('GCP');
  });

  test('a server’s pod that is younger than the connection, or was restarted, may be the reason instead', () => {
    for (const part of [{ createdAt: '2026-11-21T10:03:50Z' }, { restarts: 1 }])
      expect(ranked(explain([forgotten(40)], [], webFacts(part)))).toEqual(['idle-timeout possible']);
  });

  test('requests that cross with the closing: likely where the silence is always the same', () => {
    const race = (confidence: Finding['confidence']): Finding =>
      finding('http-keep-alive-race', WEB, { confidence, details: { attempts: 9, longestMs: 5000 } });
    expect(causeOf('idle-timeout', [race('high')], [], webFacts())).toMatchObject({
      confidence: 'likely',
      text: 'Port 443 of Service shop/web closes connections that are idle for 5 s, and pod shop/client keeps them longer: requests cross with the closing',
    });
    expect(ranked(explain([race('medium')], [], webFacts()))).toEqual(['idle-timeout possible']);
  });

  test('the requests on those connections are of the same story, others are not', () => {
    const requests = (part: Partial<Finding>): Finding =>
      finding('http-no-response', WEB, { count: 12, details: { attempts: 20, by: 'server' }, ...part });
    expect(
      causeOf('idle-timeout', [requests({ frames: [12, 19] }), forgotten(40)], [], webFacts()),
    ).toMatchObject({
      findings: ['http-no-response', 'tcp-reset-after-idle'],
    });
    for (const part of [{ frames: [12, 13] }, { count: 13 }])
      expect(causeOf('idle-timeout', [requests(part), forgotten(40)], [], webFacts()).findings).toEqual([
        'tcp-reset-after-idle',
      ]);
  });

  test('a reset without a silence is another story', () => {
    const reset = finding('tcp-reset-midstream', WEB, {
      details: { attempts: 4, succeeded: 1, by: 'server' },
    });
    expect(ranked(explain([reset], [], webFacts()))).toEqual([]);
  });
});
