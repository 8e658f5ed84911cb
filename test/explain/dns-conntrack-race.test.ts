import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explain/index.ts';
import { causeOf, facts, finding, ranked } from './builders.ts';
import { DNS, dnsServer } from './dns-builders.ts';

const race = finding('dns-race', DNS, { count: 3 });

describe('dns-conntrack-race', () => {
  it.each([
    ['through the Service', [race], facts(), ['dns-conntrack-race likely']],
    [
      'while others are lost too',
      [race, finding('dns-no-answer', DNS, { count: 1, frames: [4, 9] })],
      facts(),
      ['dns-conntrack-race possible'],
    ],
    [
      'while others wait to be asked again when the capture ends',
      [race, finding('dns-no-answer', DNS, { count: 2, frames: [4, 9] })],
      facts(),
      ['dns-conntrack-race likely'],
    ],
    ['at a server that is no Service', [{ ...race, server: '192.0.2.53:53' }], facts(), []],
    [
      'at an address that NodeLocal DNSCache takes',
      [race],
      facts({
        dnsServer: dnsServer(null, {
          nodeLocal: {
            daemonSet: 'kube-system/node-local-dns',
            addresses: ['10.96.0.10'],
            wanted: 2,
            ready: 2,
          },
        }),
      }),
      [],
    ],
  ])('%s', (_, findings, from, causes) => {
    expect(ranked(explain(findings, [], from)).filter((text) => text.includes('race'))).toEqual(causes);
  });

  it('is never certain, and says what would tell', () => {
    expect(causeOf('dns-conntrack-race', [race], [], facts()).next).toContain('conntrack -S');
    expect(explain([race], [], facts()).unknowns.map(({ next }) => next)).toContain(
      'the same trace with --read-node',
    );
  });
});
