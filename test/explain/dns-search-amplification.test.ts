import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, CLIENT, facts, finding, ranked } from './builders.ts';
import { DNS } from './dns-builders.ts';

const NAME = 'api.example.com';
const DOMAINS = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const wasted = (candidates: readonly string[], part: Partial<Finding> = {}): Finding =>
  finding('dns-search-waste', DNS, {
    severity: 'warning',
    details: {
      walks: [{ name: NAME, candidates, types: ['A', 'AAAA'], queries: 8, nxdomain: 6 }],
      names: [NAME],
      addedMs: 88.4,
    },
    ...part,
  });
const walked = wasted([...DOMAINS.map((domain) => `${NAME}.${domain}`), NAME]);

describe('dns-search-amplification', () => {
  it('is certain where the candidates are those of the pod’s search list', () => {
    const cause = causeOf('dns-search-amplification', [walked], [], facts());
    expect(cause.confidence).toBe('certain');
    expect(cause.text).toBe(
      'ndots:5 makes the pod try api.example.com in 3 search domains first: 6 of 8 queries are in vain, +88 ms per lookup',
    );
    expect(cause.fix).toContain('write api.example.com. with the dot at its end');
    expect(cause.fix).toContain('    - name: ndots\n      value: "2"');
    expect(cause.next).toBe(`kubectl exec ${CLIENT.name} -n shop -- cat /etc/resolv.conf`);
  });

  it.each([
    ['no time is lost', { ...walked, severity: 'info' as const }, facts(), []],
    ['resolv.conf was not read', walked, facts({ resolver: null }), ['dns-search-amplification likely']],
    ['other domains', wasted([`${NAME}.corp.example`, NAME]), facts(), []],
    [
      'a name with as many dots',
      walked,
      facts({ resolver: { nameservers: [], search: DOMAINS, ndots: 2 } }),
      [],
    ],
  ])('%s', (_, one, from, causes) => expect(ranked(explain([one], [], from))).toEqual(causes));

  it('is never before a cause of something that fails', () => {
    const servfail = finding('dns-servfail', DNS, {
      details: { names: ['a.example.com', 'b.example.org'], succeeded: 3 },
    });
    expect(ranked(explain([servfail, walked], [], facts()))).toEqual([
      'coredns-upstream-dead likely',
      'dns-search-amplification certain',
    ]);
  });
});
