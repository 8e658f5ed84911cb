import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Facts, NetworkPolicyFacts, PolicyRuleFacts } from '../../src/cluster/facts.ts';
import { toNetworkPolicyFacts } from '../../src/cluster/network-policies.ts';
import type { Finding } from '../../src/detect/finding.ts';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import { explain } from '../../src/explain/index.ts';
import {
  causeOf,
  endpoint,
  facts,
  finding,
  group,
  pod,
  policy,
  port,
  ranked,
  rejected,
  service,
  slice,
} from './builders.ts';

const PAYMENTS = '10.96.3.4:80';
const silent = finding('tcp-syn-no-answer', PAYMENTS);
const silence = group(PAYMENTS, { silent: 12 });
const daemon = (name: string): ReturnType<typeof pod> =>
  pod(`${name}-1`, {
    namespace: 'kube-system',
    owner: `DaemonSet/${name}`,
    hostNetwork: true,
    address: '172.30.0.12',
  });

function cluster(
  policies: readonly NetworkPolicyFacts[],
  daemons: readonly string[],
  part: Partial<Facts> = {},
): Facts {
  return facts({
    services: [service('payments', '10.96.3.4', { namespace: 'back' })],
    pods: [
      pod('payments-1', {
        namespace: 'back',
        address: '10.244.2.7',
        labels: { app: 'payments', 'pod-template-hash': '66' },
      }),
      ...daemons.map(daemon),
    ],
    endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2' })], { namespace: 'back' })],
    networkPolicies: policies,
    ...part,
  });
}

const selecting = (app: string): NetworkPolicyFacts['podSelector'] => ({
  matchLabels: { app },
  matchExpressions: [],
});
const rule = (part: Partial<PolicyRuleFacts>): PolicyRuleFacts => ({ peers: [], ports: [], ...part });
const closed = policy('closed', { namespace: 'back' });
const onPort = (port: number): PolicyRuleFacts => rule({ ports: [{ protocol: 'TCP', port, endPort: null }] });

interface Case {
  readonly name: string;
  readonly findings?: readonly Finding[];
  readonly groups?: readonly ConversationGroup[];
  readonly from: Facts;
  readonly causes: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'ingress denied, Cilium',
    from: cluster([closed], ['cilium']),
    causes: ['networkpolicy-denies certain'],
  },
  {
    name: 'egress denied at the client',
    from: cluster([policy('out', { policyTypes: ['Egress'] })], ['calico-node']),
    causes: ['networkpolicy-denies certain'],
  },
  {
    name: 'the Service’s port is admitted, the pod’s is not',
    from: cluster([policy('web', { namespace: 'back', ingress: [onPort(80)] })], ['cilium']),
    causes: ['networkpolicy-denies certain'],
  },
  {
    name: 'the pod’s port is admitted',
    from: cluster([policy('web', { namespace: 'back', ingress: [onPort(8080)] })], ['cilium']),
    causes: [],
  },
  { name: 'no enforcer is known', from: cluster([closed], []), causes: ['networkpolicy-denies possible'] },
  {
    name: 'Flannel alone',
    from: cluster([closed], ['kube-flannel-ds']),
    causes: ['networkpolicy-denies possible'],
  },
  {
    name: 'a plugin that may enforce',
    from: cluster([closed], ['kindnet']),
    causes: ['networkpolicy-denies likely'],
  },
  {
    name: 'no enforcer is known, and denied traffic was answered',
    groups: [silence, group('10.96.3.4:80', { answered: 3 }, { client: '10.244.2.2' })],
    from: cluster([closed], []),
    causes: ['policy-without-enforcer likely'],
  },
  {
    name: 'an enforcer, and yet denied traffic was answered',
    groups: [silence, group('10.96.3.4:80', { answered: 3 }, { client: '10.244.2.2' })],
    from: cluster([closed], ['cilium']),
    causes: ['networkpolicy-denies possible'],
  },
  {
    name: 'some of the attempts were answered',
    groups: [group(PAYMENTS, { silent: 9, answered: 3 })],
    from: cluster([closed], ['cilium']),
    causes: ['networkpolicy-denies possible'],
  },
  {
    name: 'rejected at the destination where the plugin rejects',
    findings: [
      rejected(PAYMENTS, { details: { icmp: { sender: '10.96.3.4', type: 3, code: 3, meaning: '' } } }),
    ],
    groups: [group(PAYMENTS, { rejected: 12 })],
    from: cluster([closed], ['kube-router']),
    causes: ['networkpolicy-denies certain'],
  },
  {
    name: 'rejected at the destination, whoever enforces policies there',
    findings: [
      rejected(PAYMENTS, { details: { icmp: { sender: '10.96.3.4', type: 3, code: 3, meaning: '' } } }),
    ],
    groups: [group(PAYMENTS, { rejected: 12 })],
    from: cluster([closed], []),
    causes: ['networkpolicy-denies likely'],
  },
  {
    name: 'rejected at the destination, and silent where too many errors would be sent',
    findings: [
      rejected(PAYMENTS, { details: { icmp: { sender: '10.96.3.4', type: 3, code: 3, meaning: '' } } }),
      silent,
    ],
    groups: [group(PAYMENTS, { rejected: 3, silent: 2 })],
    from: cluster([closed], []),
    causes: ['networkpolicy-denies likely'],
  },
  {
    name: 'rejected at the Service, and silent at the pod behind it',
    findings: [
      rejected(PAYMENTS, { details: { icmp: { sender: '10.96.3.4', type: 3, code: 3, meaning: '' } } }),
      finding('tcp-syn-no-answer', '10.244.2.7:80'),
    ],
    groups: [group(PAYMENTS, { rejected: 3 }), group('10.244.2.7:80', { silent: 2 })],
    from: cluster([closed], []),
    causes: ['networkpolicy-denies likely'],
  },
  {
    name: 'silence where the plugin rejects',
    from: cluster([closed], ['kube-router']),
    causes: ['networkpolicy-denies likely'],
  },
  {
    name: 'a policy of another vendor in the namespace',
    from: cluster([closed], ['cilium'], {
      otherPolicyKinds: [{ kind: 'CiliumNetworkPolicy', group: 'cilium.io', objects: ['back/x'] }],
    }),
    causes: ['networkpolicy-denies possible'],
  },
  {
    name: 'cluster-wide policies cannot be read: one might accept it',
    from: cluster([closed], ['cilium'], { adminPolicies: null }),
    causes: [],
  },
  {
    name: 'namespaces cannot be read and a rule selects by their labels',
    from: cluster(
      [
        policy('web', {
          namespace: 'back',
          ingress: [
            rule({
              peers: [
                {
                  podSelector: null,
                  ipBlock: null,
                  namespaceSelector: { matchLabels: { team: 'a' }, matchExpressions: [] },
                },
              ],
            }),
          ],
        }),
      ],
      ['cilium'],
      { namespaces: null },
    ),
    causes: [],
  },
  {
    name: 'the node-local DNS cache denied by egress',
    findings: [finding('dns-no-answer', '169.254.20.10:53')],
    groups: [group('169.254.20.10:53', { silent: 9 }, { protocol: 'UDP' })],
    from: cluster([policy('out', { policyTypes: ['Egress'], egress: [onPort(8080)] })], ['cilium']),
    causes: ['policy-blocks-dns likely'],
  },
  {
    name: 'a client that is no pod: a policy may see another address',
    findings: [finding('tcp-syn-no-answer', '10.244.2.7:8080', { client: '172.30.0.99' })],
    groups: [],
    from: cluster([closed], ['cilium']),
    causes: [],
  },
  {
    name: 'through a node port: a policy may see the node’s address',
    findings: [finding('tcp-syn-no-answer', '172.30.0.12:30080')],
    groups: [],
    from: cluster([closed], ['cilium'], {
      services: [service('payments', '10.96.3.4', { namespace: 'back', ports: [port({ nodePort: 30080 })] })],
    }),
    causes: [],
  },
  {
    name: 'DNS denied by egress',
    findings: [finding('dns-no-answer', '10.96.0.10:53')],
    groups: [group('10.96.0.10:53', { silent: 9 }, { protocol: 'UDP' })],
    from: cluster([policy('out', { policyTypes: ['Egress'], egress: [onPort(8080)] })], ['cilium']),
    causes: ['policy-blocks-dns certain'],
  },
];

describe('causes of evaluated policies', () => {
  it.each(cases)('$name', ({ findings = [silent], groups = [silence], from, causes }) => {
    expect(ranked(explain(findings, groups, from))).toEqual(causes);
  });

  it('holds every other cause of the silence at possible, and stands first', () => {
    const gone = cluster([policy('out', { policyTypes: ['Egress'] })], ['calico-node'], {
      endpointSlices: [
        slice('payments', [endpoint('10.244.2.99'), endpoint('10.244.2.7')], { namespace: 'back' }),
      ],
    });
    expect(ranked(explain([silent], [silence], gone))).toEqual([
      'networkpolicy-denies certain',
      'stale-endpoint possible',
    ]);
  });

  it('a policy that allows is no suspect any more', () => {
    const from = cluster([policy('web', { namespace: 'back', ingress: [onPort(8080)] })], ['cilium']);
    expect(explain([silent], [silence], from).policySuspects).toEqual([]);
  });

  it('says what is unknown where labels of namespaces decide and cannot be read', () => {
    const from = cases.find(({ name }) => name.startsWith('namespaces cannot'))?.from ?? facts();
    expect(explain([silent], [silence], from).unknowns).toContainEqual({
      what: 'whether policies allow TCP from 10.244.1.5 to 10.96.3.4:80',
      why: 'the labels of namespace shop could not be read',
      next: 'kubectl get networkpolicies -A',
    });
  });

  it('names policy, pods, port, what is nearest and who owns it', () => {
    const from = cluster(
      [
        policy('web', {
          namespace: 'back',
          labels: { 'app.kubernetes.io/managed-by': 'Helm' },
          ingress: [onPort(80)],
        }),
      ],
      ['cilium'],
    );
    const cause = causeOf('networkpolicy-denies', [silent], [silence], from);
    expect(cause.text).toBe(
      'NetworkPolicy back/web selects pod back/payments-1 for ingress and no rule of it admits this: TCP from pod shop/client to pod back/payments-1, port 8080/TCP',
    );
    expect(cause.evidence).toEqual([
      'frames 12, 14, 19: tcp-syn-no-answer at 10.96.3.4:80',
      'the policies deny 1 of the 1 way that 10.96.3.4:80 can lead to: pod back/payments-1:8080',
      'rule 1 (ingress) of NetworkPolicy back/web is nearest: port 80/TCP is allowed, 8080/TCP was used',
      'NetworkPolicy back/web is managed by a tool, as its labels say: app.kubernetes.io/managed-by=Helm; change it there',
      'Cilium enforces policies in this cluster',
    ]);
    expect(cause.next).toBe('kubectl describe networkpolicy web -n back');
  });

  it('prints policies that admit the traffic when they are applied, both directions at once', () => {
    const hostile = policy('out', {
      policyTypes: ['Egress'],
      podSelector: {
        matchLabels: {},
        matchExpressions: [{ key: 'on', operator: 'NotIn', values: ['true', 'a: b'] }],
      },
    });
    const from = cluster([closed, hostile], ['cilium']);
    const { fix } = causeOf('networkpolicy-denies', [silent], [silence], from);
    const added = parseAllDocuments(fix.slice(fix.indexOf('apiVersion'))).map((document) => {
      expect(document.errors).toEqual([]);
      return toNetworkPolicyFacts(document.toJS());
    });
    expect(added.map(({ namespace, name, policyTypes }) => [namespace, name, policyTypes])).toEqual([
      ['shop', 'allow-egress-tcp-8080', ['Egress']],
      ['back', 'allow-ingress-tcp-8080', ['Ingress']],
    ]);
    expect(added[1]?.podSelector.matchLabels).toEqual({ app: 'payments' });
    expect(
      ranked(explain([silent], [silence], { ...from, networkPolicies: [closed, hostile, ...added] })),
    ).toEqual([]);
  });

  it('prints no policy where a cluster-wide one denies', () => {
    const everybody = { namespaceSelector: null, podSelector: null };
    const from = cluster([], ['ovnkube-node'], {
      adminPolicies: [
        {
          kind: 'AdminNetworkPolicy',
          name: 'tenants',
          labels: {},
          tier: 'Admin',
          priority: 5,
          subject: { ...everybody, podSelector: selecting('payments') },
          egress: [],
          ingress: [
            {
              name: '',
              action: 'Deny',
              ports: null,
              peers: [
                {
                  pods: everybody,
                  sameLabels: [],
                  notSameLabels: [],
                  networks: null,
                  nodes: null,
                  domainNames: null,
                },
              ],
            },
          ],
          whole: true,
        },
      ],
    });
    const cause = causeOf('networkpolicy-denies', [silent], [silence], from);
    expect([cause.confidence, cause.text]).toEqual([
      'certain',
      'Rule 1 (ingress) of AdminNetworkPolicy tenants denies it: TCP from pod shop/client to pod back/payments-1, port 8080/TCP',
    ]);
    expect(cause.fix).not.toContain('apiVersion');
    expect(explain([silent], [silence], from).policySuspects.map(({ text }) => text)).toEqual([
      'a cluster-wide policy may be dropping this: rule 1 (ingress) of AdminNetworkPolicy tenants denies it',
    ]);
  });

  it('admits DNS over UDP and TCP', () => {
    const dns = cases.at(-1);
    const { fix } = causeOf(
      'policy-blocks-dns',
      dns?.findings ?? [],
      dns?.groups ?? [],
      dns?.from ?? facts(),
    );
    expect(fix).toContain('- {protocol: UDP, port: 53}\n    - {protocol: TCP, port: 53}');
  });
});

describe('a namespace that closes itself', () => {
  const words =
    'NetworkPolicy back/closed is a default deny: it selects every pod of its namespace and admits no ingress';
  const evidenceOf = (one: NetworkPolicyFacts): readonly string[] =>
    causeOf('networkpolicy-denies', [silent], [silence], cluster([one], ['cilium'])).evidence;

  it('is called by the name of the pattern', () => {
    expect(evidenceOf(closed)).toContain(words);
  });

  it.each([
    ['it selects some pods only', { ...closed, podSelector: selecting('payments') }],
    [
      'it admits something',
      { ...closed, ingress: [rule({ ports: [{ protocol: 'TCP', port: 1, endPort: null }] })] },
    ],
  ])('is not, where %s', (_, one) => {
    expect(evidenceOf(one).join()).not.toContain('default deny');
  });
});
