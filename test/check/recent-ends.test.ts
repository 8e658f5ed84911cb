import { describe, expect, test } from 'vitest';
import type { ProbeResult } from '../../src/check/check-report.ts';
import { withProbes } from '../../src/check/probed.ts';
import { recentEnd } from '../../src/check/recent-ends.ts';
import type { PodFacts } from '../../src/cluster/facts.ts';
import { layer, NOBODY, SHOP, WEB, WEB_2, way } from './evaluate.ts';

const NOW = { collectedAt: '2026-11-21T10:05:00Z' };
const ended = (pod: PodFacts, at: string | null): PodFacts => ({
  ...pod,
  life: {
    deletedAt: '',
    readyChangedAt: '',
    containers: [
      {
        name: 'app',
        restarts: 3,
        runsSince: '2026-11-21T10:04:58Z',
        waitsFor: '',
        lastEnd: at === null ? null : { at, reason: 'Error', exitCode: 3 },
        cpuLimit: '',
        memoryLimit: '',
      },
    ],
  },
});
const crashed = ended(WEB, '2026-11-21T10:04:50Z');

test('the latest end of a few minutes ago, and the log that tells why', () => {
  const pods = [ended(WEB_2, '2026-11-21T10:04:40Z'), crashed];
  expect(recentEnd(pods, NOW)).toEqual({
    text: 'container app of pod shop/web ended at 2026-11-21T10:04:50Z (Error, exit status 3), 3 restarts in all',
    next: 'kubectl logs web -n shop -c app --previous --tail=50',
  });
});

test.each([null, '2026-11-21T09:59:59Z', 'rubbish'])('none that ended at %s', (at) => {
  expect(recentEnd([ended(WEB, at)], NOW)).toBe(null);
});

describe('a server that ends now and then', () => {
  const pods = [crashed, WEB_2];
  const connected = ['10.96.3.4:80', '10.244.1.8:8080', '10.244.2.7:8080'].map((server): ProbeResult => ({
    layer: 'connect',
    what: server,
    status: 'ok',
    seen: 'connected',
    server,
  }));

  test('is noted behind a Service and by itself, whether it takes connections now or not', () => {
    const before = way({ ...SHOP, pods });
    for (const asked of [before, withProbes(before, connected, { findings: [], causes: [] })]) {
      expect(layer(asked, 'endpoints')).toMatchObject({
        status: 'warning',
        next: recentEnd(pods, NOW)?.next,
      });
      expect(layer(asked, 'endpoints').seen).toContain('ended at 2026-11-21T10:04:50Z');
    }
    const direct = way(
      { ...SHOP, pods },
      { ...NOBODY, pods: [{ namespace: 'shop', name: 'web' }], port: 8080 },
    );
    expect(layer(direct, 'endpoints').status).toBe('warning');
  });
});
