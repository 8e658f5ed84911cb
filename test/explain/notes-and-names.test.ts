import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, group, pod, policy, ranked, service, slice } from './builders.ts';

function alias(externalName: string): Facts {
  return facts({
    services: [service('ledger', '', { type: 'ExternalName', clusterIPs: [], externalName, selector: null })],
  });
}

function notFound(name: string): Finding {
  return finding('dns-nxdomain', '10.96.0.10:53', {
    details: { walks: [{ name, candidates: [name], types: ['A'], queries: 4, nxdomain: 4 }] },
  });
}

describe('external-name-misleading', () => {
  it.each<readonly [string, Finding, Facts, readonly string[]]>([
    ['an IP address', notFound('ledger'), alias('10.1.2.3'), ['external-name-misleading certain']],
    ['an IPv6 address', notFound('ledger.shop'), alias('fd00::7'), ['external-name-misleading certain']],
    [
      'a name that is not found',
      notFound('ledger'),
      alias('db.example'),
      ['external-name-misleading likely'],
    ],
    [
      'a name that cannot be asked for',
      finding('dns-servfail', '10.96.0.10:53', { details: { names: ['ledger.shop.svc.cluster.local'] } }),
      alias('db.example'),
      ['external-name-misleading likely'],
    ],
    ['another name is asked for', notFound('nothing.example'), alias('10.1.2.3'), []],
    [
      'a Service with an address',
      notFound('ledger'),
      facts({ services: [service('ledger', '10.96.3.4')] }),
      [],
    ],
    [
      'TLS by the name of the alias',
      finding('tls-bad-certificate', '192.0.2.7:443', {
        details: { tls: { names: ['ledger.shop'], protocols: [], problem: 'name' } },
      }),
      alias('db.example'),
      ['external-name-misleading likely'],
    ],
    [
      'TLS that fails for another reason',
      finding('tls-bad-certificate', '192.0.2.7:443', {
        details: { tls: { names: ['ledger.shop'], protocols: [], problem: 'expired' } },
      }),
      alias('db.example'),
      [],
    ],
  ])('%s', (_, seen, from, causes) => {
    expect(ranked(explain([seen], [], from)).filter((text) => text.startsWith('external'))).toEqual(causes);
  });

  it('prints a Service and an EndpointSlice for an address', () => {
    const { fix } = causeOf('external-name-misleading', [notFound('ledger')], [], alias('fd00::7'));
    expect(fix).toContain('addressType: IPv6');
    expect(fix).toContain('endpoints: [{ addresses: ["fd00::7"] }]');
    const strange = facts({
      services: [service('ledger', '', { type: 'ExternalName', externalName: '10.1.2.3', ports: [] })],
    });
    expect(causeOf('external-name-misleading', [notFound('ledger')], [], strange).fix).not.toContain(
      'apiVersion',
    );
  });
});

const served = {
  services: [service('payments', '10.96.3.4')],
  pods: [pod('payments-1', { address: '10.244.2.7', labels: { app: 'payments' } })],
  endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'payments-1' })])],
};
const closed = policy('closed', { podSelector: { matchLabels: { app: 'payments' }, matchExpressions: [] } });
const passed = [group('10.96.3.4:80', { answered: 9 })];

describe('policy-without-enforcer', () => {
  it.each<readonly [string, Facts, typeof passed, readonly string[]]>([
    [
      'denied traffic is answered and nobody enforces policies',
      facts({ ...served, networkPolicies: [closed] }),
      passed,
      ['policy-without-enforcer likely'],
    ],
    ['the policies allow it', facts(served), passed, []],
    [
      'it is not answered',
      facts({ ...served, networkPolicies: [closed] }),
      [group('10.96.3.4:80', { silent: 9 })],
      [],
    ],
    [
      'a plugin that enforces them is there, so it may be new',
      facts({
        ...served,
        networkPolicies: [closed],
        pods: [...served.pods, pod('cilium-1', { namespace: 'kube-system', owner: 'DaemonSet/cilium' })],
      }),
      passed,
      [],
    ],
  ])('%s', (_, from, groups, causes) => {
    expect(ranked(explain([], groups, from))).toEqual(causes);
  });

  it('is a note that stands after every cause of a failure', () => {
    const from = facts({ ...served, networkPolicies: [closed] });
    const broken = finding('tcp-syn-no-answer', '10.244.2.99:8080');
    const { causes } = explain([broken], passed, from);
    expect(causes.map(({ id }) => id)).toEqual(['stale-endpoint', 'policy-without-enforcer']);
    expect(causes[1]).toMatchObject({
      findingIndexes: [],
      findings: [],
      text: 'NetworkPolicy shop/closed would deny traffic that got through: nobody enforces policies in this cluster',
    });
  });
});

describe('image-cannot-capture', () => {
  it.each([
    ['nothing was captured here: tcpdump: not found', 'has no tcpdump'],
    [
      "nothing was captured here: tcpdump: eth0: You don't have permission to capture on that device",
      'without the capability NET_RAW',
    ],
    ["nothing was captured here: tcpdump: Couldn't change to 'tcpdump' uid=100", 'may not change its user'],
  ])('%s', (text, words) => {
    const incomplete = finding('capture-incomplete', '', { client: '', protocol: '', text });
    expect(causeOf('image-cannot-capture', [incomplete], [], facts()).text).toContain(words);
  });

  it.each([
    'nothing was captured here: pod shop/client was deleted',
    'the kernel dropped 7 packets, tcpdump: not found',
  ])('is silent about: %s', (text) => {
    const incomplete = finding('capture-incomplete', '', { client: '', protocol: '', text });
    expect(explain([incomplete], [], facts()).causes).toEqual([]);
  });
});
