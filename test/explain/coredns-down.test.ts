import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import {
  causeOf,
  COREDNS,
  dnsSlice,
  endpoint,
  facts,
  finding,
  group,
  KUBE_DNS,
  policy,
  ranked,
} from './builders.ts';

const DNS = '10.96.0.10:53';
const dnsSilence = finding('dns-no-answer', DNS, { count: 8 });
const dnsSilent = group(DNS, { silent: 8 }, { protocol: 'UDP' });

interface Case {
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly groups: readonly ConversationGroup[];
  readonly facts: Facts;
  readonly causes: readonly string[];
}

describe('coredns-down', () => {
  const portUnreachable = finding('dns-port-unreachable', DNS, {
    details: { icmp: { sender: '10.244.1.1', type: 3, code: 3, meaning: 'port unreachable' } },
  });
  const down: Facts = {
    ...facts({
      clusterDns: {
        service: { namespace: 'kube-system', name: 'kube-dns' },
        clusterIPs: ['10.96.0.10'],
        workload: 'Deployment/coredns',
        wantedReplicas: 0,
      },
    }),
    endpointSlices: [dnsSlice([])],
    pods: [(facts().pods ?? [])[0] ?? COREDNS],
  };
  const crashing: Facts = {
    ...facts(),
    endpointSlices: [dnsSlice([endpoint('10.244.2.2', { ready: false, serving: false })])],
    pods: (facts().pods ?? []).map((one) =>
      one.name === COREDNS.name
        ? { ...one, ready: false, restarts: 7, containerProblems: ['coredns: CrashLoopBackOff'] }
        : one,
    ),
  };

  it.each<Case>([
    {
      name: 'scaled to 0, refused',
      findings: [portUnreachable],
      groups: [],
      facts: down,
      causes: ['coredns-down certain'],
    },
    {
      name: 'scaled to 0, silent',
      findings: [dnsSilence],
      groups: [],
      facts: down,
      causes: ['coredns-down likely'],
    },
    {
      name: 'refused and silent under a policy: sure of the one only',
      findings: [portUnreachable, dnsSilence],
      groups: [],
      facts: { ...down, networkPolicies: [policy('deny', { policyTypes: ['Egress'] })] },
      causes: ['coredns-down certain', 'coredns-down possible'],
    },
    {
      name: 'crash loop',
      findings: [portUnreachable],
      groups: [],
      facts: crashing,
      causes: ['coredns-down certain'],
    },
    { name: 'ready, but silent', findings: [dnsSilence], groups: [dnsSilent], facts: facts(), causes: [] },
    { name: 'ready again', findings: [portUnreachable], groups: [], facts: facts(), causes: [] },
    {
      name: 'another resolver',
      findings: [{ ...dnsSilence, server: '192.0.2.53:53' }],
      groups: [],
      facts: down,
      causes: [],
    },
    { name: 'SERVFAIL', findings: [finding('dns-servfail', DNS)], groups: [], facts: down, causes: [] },
  ])('$name', ({ findings, groups, facts: from, causes }) => {
    expect(ranked(explain(findings, groups, from))).toEqual(causes);
  });

  it('says that it is scaled to 0, and how to scale it', () => {
    const cause = causeOf('coredns-down', [portUnreachable], [], down);
    expect(cause.text).toBe(
      'The cluster’s DNS, Service kube-system/kube-dns, has no ready endpoint: Deployment/coredns is scaled to 0',
    );
    expect(cause.fix).toBe('kubectl scale deployment coredns -n kube-system --replicas=2');
    expect(cause.next).toBe('kubectl get pods -n kube-system -l k8s-app=kube-dns');
  });

  it('is about the DNS Service of the facts, whatever its name', () => {
    const renamed: Facts = {
      ...down,
      services: [{ ...KUBE_DNS, name: 'dns' }],
      endpointSlices: [],
      clusterDns: {
        service: { namespace: 'kube-system', name: 'dns' },
        clusterIPs: ['10.96.0.10'],
        workload: '',
        wantedReplicas: null,
      },
    };
    expect(ranked(explain([portUnreachable], [], renamed))).toEqual(['coredns-down certain']);
  });
});
