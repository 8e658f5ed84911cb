import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Finding, FindingDetails } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, facts, finding, policy, ranked } from './builders.ts';
import { DNS, dnsServer, logs, USUAL } from './dns-builders.ts';

const OWN = 'payments.shop.svc.cluster.local';
const TIMED_OUT = logs({ upstreamErrors: [{ upstream: '192.0.2.1:53', problem: 'i/o timeout', count: 40 }] });

function servfail(names: readonly string[], details: FindingDetails = {}): Finding {
  return finding('dns-servfail', DNS, { details: { names, answeredNames: [OWN], succeeded: 6, ...details } });
}

function silent(names: readonly string[], details: FindingDetails = {}): Finding {
  return finding('dns-no-answer', DNS, {
    details: { names, answeredNames: [OWN], succeeded: 6, ...details },
  });
}

const TWO = ['api.example.com', 'www.example.org'];

describe('coredns-upstream-dead', () => {
  it.each<[string, Finding, Partial<Facts>, string[]]>([
    ['two owners’ names', servfail(TWO), { dnsServer: dnsServer(USUAL) }, ['coredns-upstream-dead likely']],
    [
      'the log says so',
      servfail(['api.example.com']),
      { dnsServer: dnsServer(USUAL, { logs: TIMED_OUT }) },
      ['coredns-upstream-dead certain'],
    ],
    [
      'the log has fewer lines than there were failures of one name',
      servfail(['api.example.com']),
      {
        dnsServer: dnsServer(USUAL, {
          logs: logs({ upstreamErrors: [{ upstream: '192.0.2.1:53', problem: 'i/o timeout', count: 3 }] }),
        }),
      },
      ['coredns-upstream-dead likely'],
    ],
    [
      'the log is about another server',
      servfail(TWO),
      {
        dnsServer: dnsServer(USUAL, {
          logs: logs({ upstreamErrors: [{ upstream: '192.0.2.9:53', problem: 'i/o timeout', count: 1 }] }),
        }),
      },
      ['coredns-upstream-dead likely'],
    ],
    [
      'servers of a file are those of the log',
      servfail(TWO),
      { dnsServer: dnsServer(USUAL.replace('192.0.2.1', '/etc/resolv.conf'), { logs: TIMED_OUT }) },
      ['coredns-upstream-dead certain'],
    ],
    [
      'one owner’s names only',
      servfail(['a.example.com', 'b.example.com']),
      { dnsServer: dnsServer(USUAL) },
      ['coredns-upstream-dead possible'],
    ],
    [
      'another forwarded name is answered',
      servfail(TWO, { answeredNames: ['fine.example.net'] }),
      { dnsServer: dnsServer(USUAL, { logs: TIMED_OUT }) },
      ['coredns-upstream-dead possible'],
    ],
    [
      'silence, with the log',
      silent(TWO),
      { dnsServer: dnsServer(USUAL, { logs: TIMED_OUT }) },
      ['coredns-upstream-dead likely'],
    ],
    [
      'silence for everything',
      silent(TWO, { succeeded: 0, answeredNames: [] }),
      { dnsServer: dnsServer(USUAL) },
      ['coredns-upstream-dead possible'],
    ],
    [
      'silence under a policy',
      silent(TWO),
      { dnsServer: dnsServer(USUAL), networkPolicies: [policy('deny', { policyTypes: ['Egress'] })] },
      ['coredns-upstream-dead possible'],
    ],
    [
      'the configuration is not known',
      servfail(TWO),
      { dnsServer: dnsServer(null) },
      ['coredns-upstream-dead likely'],
    ],
    ['nothing of the server is known', servfail(TWO), {}, ['coredns-upstream-dead likely']],
    ['a name of the cluster fails too', servfail([...TWO, OWN]), { dnsServer: dnsServer(USUAL) }, []],
    [
      'a name that another plugin answers',
      servfail(TWO),
      { dnsServer: dnsServer('. {\n hosts {\n 192.0.2.9 a.b\n }\n forward . 192.0.2.1\n}') },
      ['coredns-misconfigured certain'],
    ],
  ])('%s', (_, one, part, causes) => {
    expect(ranked(explain([one], [], facts(part))).filter((text) => text.startsWith('coredns'))).toEqual(
      causes,
    );
  });

  it('is not about another resolver', () => {
    expect(ranked(explain([{ ...servfail(TWO), server: '192.0.2.53:53' }], [], facts()))).toEqual([]);
  });

  it('names the server, its error and the line', () => {
    const cause = causeOf(
      'coredns-upstream-dead',
      [servfail(TWO)],
      [],
      facts({ dnsServer: dnsServer(USUAL, { logs: TIMED_OUT }) }),
    );
    expect(cause.text).toBe(
      'Names outside the cluster fail: 192.0.2.1:53, to which the cluster’s DNS forwards them, does not answer',
    );
    expect(cause.evidence).toEqual([
      'frames 12, 14, 19: dns-servfail at 10.96.0.10:53',
      'log of the DNS pods, last 120 s: 192.0.2.1:53: i/o timeout, 40 times',
      'ConfigMap kube-system/coredns, line 7: forward . 192.0.2.1',
      `the same server answered names of the cluster: ${OWN}`,
    ]);
    expect(cause.fix).toContain('kubectl edit configmap coredns -n kube-system');
    expect(cause.next).toBe('kubectl logs -n kube-system -l k8s-app=kube-dns --tail=50');
  });

  it('says that the log would tell, where it was not read', () => {
    const { unknowns } = explain([servfail(TWO)], [], facts({ dnsServer: dnsServer(USUAL) }));
    expect(unknowns.map(({ what }) => what)).toContain('what the DNS pods say of their upstream servers');
  });
});
