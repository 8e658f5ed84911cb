import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, CLIENT, COREDNS, dnsSlice, endpoint, facts, finding, ranked, service } from './builders.ts';
import { config, DNS, dnsServer, logs, USUAL } from './dns-builders.ts';

const PAYMENTS = service('payments', '10.96.3.4');
const OTHER_ZONE = USUAL.replaceAll('cluster.local', 'cluster.example');

function missing(name: string, candidates: readonly string[] = [name]): Finding {
  const walk = { name, candidates, types: ['A'], queries: 4, nxdomain: 4 };
  return finding('dns-nxdomain', DNS, { details: { walks: [walk], names: candidates } });
}

function failed(id: 'dns-servfail' | 'dns-refused' | 'dns-no-answer', ...names: string[]): Finding {
  return finding(id, DNS, { details: { names, succeeded: 3 } });
}

/** The DNS pod crashes; what it said is in the log. */
function crashing(part: Partial<Facts>): Facts {
  return {
    ...facts(part),
    endpointSlices: [dnsSlice([endpoint('10.244.2.2', { ready: false, serving: false })])],
    pods: [CLIENT, { ...COREDNS, ready: false, containerProblems: ['coredns: CrashLoopBackOff'] }],
  };
}

const unreachable = finding('dns-port-unreachable', DNS, {
  details: { icmp: { sender: '10.244.1.1', type: 3, code: 3, meaning: 'port unreachable' } },
});
const LOOP = 'plugin/loop: Loop (127.0.0.1:55243 -> :53) detected for zone "."';

describe('coredns-misconfigured', () => {
  it.each<[string, Finding, Facts, string[]]>([
    [
      'a Service that exists, under another domain',
      missing('payments', ['payments.shop.svc.cluster.local', 'payments']),
      facts({ services: [PAYMENTS], dnsServer: dnsServer(OTHER_ZONE) }),
      ['coredns-misconfigured certain'],
    ],
    [
      'a Service that exists, and the right domain',
      missing('payments'),
      facts({ services: [PAYMENTS], dnsServer: dnsServer(USUAL) }),
      [],
    ],
    ['no such Service', missing('payments'), facts({ dnsServer: dnsServer(OTHER_ZONE) }), []],
    [
      'a name outside that does not exist',
      missing('api.example.com'),
      facts({ dnsServer: dnsServer(USUAL) }),
      [],
    ],
    [
      'a template says that it does not exist',
      missing('api.example.com'),
      facts({ dnsServer: dnsServer('. {\n template ANY ANY . {\n rcode NXDOMAIN\n }\n}') }),
      ['coredns-misconfigured certain'],
    ],
    [
      'hosts without fallthrough',
      failed('dns-servfail', 'payments.shop.svc.cluster.local', 'api.example.com'),
      facts({ dnsServer: dnsServer('. {\n hosts {\n 192.0.2.9 a.b\n }\n kubernetes cluster.local\n}') }),
      ['coredns-misconfigured certain'],
    ],
    [
      'hosts without fallthrough, and another file is imported',
      failed('dns-servfail', 'api.example.com'),
      facts({ dnsServer: dnsServer('import x\n. {\n hosts {\n 192.0.2.9 a.b\n }\n}') }),
      ['coredns-misconfigured likely'],
    ],
    [
      'no block for the name',
      failed('dns-refused', 'api.example.com'),
      facts({ dnsServer: dnsServer('cluster.local { kubernetes }') }),
      ['coredns-misconfigured certain'],
    ],
    [
      'refused by another server’s word',
      failed('dns-refused', 'api.example.com'),
      facts({ dnsServer: dnsServer(USUAL) }),
      [],
    ],
    [
      'forwarded to itself',
      failed('dns-servfail', 'api.example.com'),
      facts({ dnsServer: dnsServer(USUAL.replace('192.0.2.1', '10.96.0.10')) }),
      ['coredns-misconfigured certain'],
    ],
    [
      'forwarded to its own pod among others',
      failed('dns-servfail', 'api.example.com'),
      facts({ dnsServer: dnsServer(USUAL.replace('192.0.2.1', '192.0.2.1 10.244.2.2')) }),
      ['coredns-misconfigured possible'],
    ],
    [
      'it does not start, and says why',
      unreachable,
      crashing({ dnsServer: dnsServer(USUAL, { logs: logs({ fatal: [LOOP] }) }) }),
      ['coredns-misconfigured certain', 'coredns-down certain'],
    ],
    [
      'it does not start, and does not parse',
      unreachable,
      crashing({ dnsServer: dnsServer('. {\n errors') }),
      ['coredns-misconfigured likely', 'coredns-down certain'].toReversed(),
    ],
    [
      'it does not start, and nothing is known of why',
      unreachable,
      crashing({ dnsServer: dnsServer(USUAL) }),
      ['coredns-down certain'],
    ],
    [
      'the configuration is not known',
      failed('dns-refused', 'api.example.com'),
      facts({ dnsServer: dnsServer(null) }),
      [],
    ],
  ])('%s', (_, one, from, causes) => {
    expect(
      ranked(explain([one], [], from)).filter((text) => /misconfigured|coredns-down/.test(text)),
    ).toEqual(causes);
  });

  it.each([
    ['changed just now', { changedAt: '2026-11-21T10:04:00Z' }, 'likely'],
    [
      'changed long ago, but after the pods started, and they reload',
      { changedAt: '2026-11-21T09:30:00Z' },
      'certain',
    ],
    ['changed at a time that is not known', { changedAt: '' }, 'likely'],
  ])('%s', (_, part, confidence) => {
    const from = facts({
      services: [PAYMENTS],
      dnsServer: dnsServer(null, { config: config(OTHER_ZONE, part) }),
    });
    expect(causeOf('coredns-misconfigured', [missing('payments')], [], from).confidence).toBe(confidence);
  });

  it('is only likely where the pods do not reload what was changed after their start', () => {
    const corefile = OTHER_ZONE.replace('reload', '');
    const from = facts({
      services: [PAYMENTS],
      dnsServer: dnsServer(null, { config: config(corefile, { changedAt: '2026-11-21T09:30:00Z' }) }),
    });
    expect(causeOf('coredns-misconfigured', [missing('payments')], [], from).confidence).toBe('likely');
  });

  it('names both domains and the line', () => {
    const from = facts({ services: [PAYMENTS], dnsServer: dnsServer(OTHER_ZONE) });
    const cause = causeOf('coredns-misconfigured', [missing('payments')], [], from);
    expect(cause.text).toBe(
      'The DNS server knows the cluster’s Services under cluster.example; pods search for them in cluster.local',
    );
    expect(cause.evidence).toContain(
      'ConfigMap kube-system/coredns, line 4: kubernetes cluster.example in-addr.arpa ip6.arpa',
    );
    expect(cause.fix).toContain('kubectl edit configmap coredns -n kube-system');
    const { unknowns } = explain([missing('payments')], [], from);
    expect(unknowns.filter(({ what }) => what.includes('payments'))).toEqual([]);
  });

  it('says that the configuration would tell, where it was not read', () => {
    const { unknowns } = explain(
      [failed('dns-refused', 'a.example')],
      [],
      facts({ dnsServer: dnsServer(null) }),
    );
    expect(unknowns.map(({ what }) => what)).toContain(
      'whether the DNS server is configured to fail these names',
    );
  });
});
