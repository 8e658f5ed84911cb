import { describe, expect, it } from 'vitest';
import { anp, ask, cnp, np, type Ask } from './ask.ts';

const db = '{matchLabels: {app: db}}';
const cases: readonly (readonly [string, readonly string[], Ask, string])[] = [
  ['no policy', [], {}, 'allow'],
  ['policyTypes missing, egress []: isolates ingress', [np('{podSelector: {}, egress: []}')], {}, 'deny'],
  ['policyTypes missing, egress []: not egress', [np('{podSelector: {}, egress: []}', 'shop')], {}, 'allow'],
  [
    'policyTypes missing, egress with a rule: isolates egress',
    [np('{podSelector: {}, egress: [{ports: [{port: 1}]}]}', 'shop')],
    {},
    'deny',
  ],
  ['a policy of another namespace', [np('{podSelector: {}}', 'other')], {}, 'allow'],
  ['an empty rule admits all', [np('{podSelector: {}, ingress: [{}]}')], {}, 'allow'],
  ['no rules admit none', [np('{podSelector: {}, ingress: []}')], {}, 'deny'],
  [
    'empty from and ports are everything',
    [np('{podSelector: {}, ingress: [{from: [], ports: []}]}')],
    {},
    'allow',
  ],
  ['null podSelector selects all', [np('{podSelector: null}')], {}, 'deny'],
  ['null matchLabels select all', [np('{podSelector: {matchLabels: null}}')], {}, 'deny'],
  [
    'protocol missing is TCP',
    [np('{podSelector: {}, ingress: [{ports: [{port: 5432}]}]}')],
    { protocol: 'UDP' },
    'deny',
  ],
  [
    'port missing is every port of the protocol',
    [np('{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}')],
    { protocol: 'UDP' },
    'allow',
  ],
  ['a UDP rule isolates TCP', [np('{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}')], {}, 'deny'],
  [
    'endPort is included',
    [np('{podSelector: {}, ingress: [{ports: [{port: 5000, endPort: 5432}]}]}')],
    {},
    'allow',
  ],
  [
    'beyond endPort',
    [np('{podSelector: {}, ingress: [{ports: [{port: 5000, endPort: 5431}]}]}')],
    {},
    'deny',
  ],
  [
    'two selectors in one peer are AND',
    [
      np(
        '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}, namespaceSelector: {matchLabels: {team: data}}}]}]}',
      ),
    ],
    {},
    'deny',
  ],
  [
    'two peers are OR',
    [
      np(
        '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}, {namespaceSelector: {matchLabels: {team: web}}}]}]}',
      ),
    ],
    {},
    'allow',
  ],
  [
    'podSelector alone is the policy’s namespace only',
    [np('{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}')],
    {},
    'deny',
  ],
  [
    'NotIn matches what lacks the key',
    [
      np(
        '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchExpressions: [{key: x, operator: NotIn, values: [a]}]}}]}]}',
      ),
    ],
    {},
    'allow',
  ],
  [
    'kubernetes.io/metadata.name is always there',
    [
      np(
        '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]}',
      ),
    ],
    {},
    'allow',
  ],
  [
    'a named port is looked up on the destination',
    [np('{podSelector: {}, ingress: [{ports: [{port: sql}]}]}')],
    {},
    'allow',
  ],
  [
    'a named port of another protocol',
    [np('{podSelector: {}, ingress: [{ports: [{port: sql, protocol: UDP}]}]}')],
    { protocol: 'UDP' },
    'deny',
  ],
  [
    'a named port for egress, too',
    [np('{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: sql}]}]}', 'shop')],
    {},
    'allow',
  ],
  [
    'a named port to an address outside',
    [np('{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: sql}]}]}', 'shop')],
    { to: '192.0.2.1' },
    'deny',
  ],
  [
    'ipBlock and a pod, unknown CNI',
    [np('{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}')],
    {},
    'depends',
  ],
  [
    'ipBlock and a pod, Calico',
    [np('{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}')],
    { pods: true },
    'allow',
  ],
  [
    'ipBlock and a pod, Cilium',
    [np('{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}')],
    { pods: false },
    'deny',
  ],
  [
    'except takes away',
    [
      np(
        '{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.0/25]}}]}]}',
        'shop',
      ),
    ],
    { to: '192.0.2.1' },
    'deny',
  ],
  [
    'except takes away from its own block only',
    [
      np(
        '{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.0/25]}}, {ipBlock: {cidr: 192.0.2.1/32}}]}]}',
        'shop',
      ),
    ],
    { to: '192.0.2.1' },
    'allow',
  ],
  [
    'a v4 block says nothing about v6',
    [np('{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}', 'shop')],
    { to: '2001:db8::1' },
    'deny',
  ],
  [
    'a pod on the host’s network is no subject',
    [np('{podSelector: {}}', 'shop')],
    { from: 'back/db', to: 'shop/agent' },
    'allow',
  ],
  [
    'from the pod’s own node',
    [np('{podSelector: {}}', 'shop')],
    { from: 'node:node1', to: 'shop/web' },
    'allow',
  ],
  ['from another node', [np('{podSelector: {}}', 'shop')], { from: 'node:node2', to: 'shop/web' }, 'deny'],
  [
    'to the pod’s own node',
    [np('{podSelector: {}, policyTypes: [Egress]}', 'shop')],
    { to: 'node:node1' },
    'depends',
  ],
  [
    'ipBlock and a node, Calico',
    [np('{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 172.30.0.0/16}}]}]}', 'shop')],
    { from: 'node:node2', to: 'shop/web', pods: true },
    'allow',
  ],
  [
    'ipBlock and a node, Cilium',
    [np('{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 172.30.0.0/16}}]}]}', 'shop')],
    { from: 'node:node2', to: 'shop/web', pods: false },
    'depends',
  ],
  ['a pod to itself', [np('{podSelector: {}}', 'shop')], { to: 'shop/web' }, 'depends'],
  [
    'Admin tier denies before NetworkPolicy',
    [anp('a', 5, 'Deny'), np('{podSelector: {}, ingress: [{}]}')],
    {},
    'deny',
  ],
  ['Admin tier accepts before NetworkPolicy', [anp('a', 5, 'Allow'), np('{podSelector: {}}')], {}, 'allow'],
  ['Pass hands over', [anp('a', 5, 'Pass'), anp('b', 6, 'Deny')], {}, 'allow'],
  ['the lower priority number comes first', [anp('a', 9, 'Deny'), anp('b', 3, 'Allow')], {}, 'allow'],
  ['one priority, two decisions', [anp('a', 5, 'Deny'), anp('b', 5, 'Allow')], {}, 'depends'],
  ['one priority, one decision', [anp('a', 5, 'Deny'), anp('b', 5, 'Deny')], {}, 'deny'],
  [
    'Baseline is not asked where NetworkPolicy decides',
    [anp('default', 0, 'Deny').replace('AdminN', 'BaselineAdminN'), np('{podSelector: {}, ingress: [{}]}')],
    {},
    'allow',
  ],
  [
    'Baseline denies where nothing isolates',
    [anp('default', 0, 'Deny').replace('AdminN', 'BaselineAdminN')],
    {},
    'deny',
  ],
  [
    'networks of a ClusterNetworkPolicy match pods',
    [cnp('Deny', '{networks: [10.244.0.0/16]}')],
    { pods: false },
    'deny',
  ],
  ['nodes peer', [cnp('Deny', '{nodes: {matchLabels: {zone: a}}}')], { to: 'node:node1' }, 'deny'],
  ['nodes peer and a pod', [cnp('Deny', '{nodes: {}}')], {}, 'allow'],
  [
    'an unknown peer: Accept matches nothing',
    [cnp('Accept', '{moons: {}}'), np('{podSelector: {}}')],
    {},
    'deny',
  ],
  ['an unknown peer: Deny denies all', [cnp('Deny', '{moons: {}}')], {}, 'deny'],
  ['an unknown peer: Pass denies all', [cnp('Pass', '{moons: {}}')], {}, 'deny'],
  [
    'domain names',
    [
      cnp('Accept', "{domainNames: ['*.example.org']}"),
      np('{podSelector: {}, policyTypes: [Egress]}', 'shop'),
    ],
    { to: '192.0.2.1' },
    'depends',
  ],
  ['v0.1.1: sameLabels', [anp('a', 5, 'Deny', '{namespaces: {sameLabels: [team]}}')], {}, 'allow'],
  ['v0.1.1: notSameLabels', [anp('a', 5, 'Deny', '{namespaces: {notSameLabels: [team]}}')], {}, 'deny'],
  ['policies cannot be read', [], { change: (facts) => ({ ...facts, networkPolicies: null }) }, 'unknown'],
  [
    'policies of the server’s namespace cannot be read',
    [],
    { change: (facts) => ({ ...facts, partial: { networkPolicies: ['shop'] } }) },
    'unknown',
  ],
  [
    'a denied direction decides, whatever the other',
    [np('{podSelector: {}, policyTypes: [Egress]}', 'shop')],
    { change: (facts) => ({ ...facts, partial: { networkPolicies: ['shop'] } }) },
    'deny',
  ],
  [
    'cluster-wide policies cannot be read',
    [],
    { change: (facts) => ({ ...facts, adminPolicies: null }) },
    'unknown',
  ],
  [
    'namespaces cannot be read, but their names are known',
    [
      np(
        '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]}]}',
      ),
    ],
    { change: (facts) => ({ ...facts, namespaces: null }) },
    'deny',
  ],
  [
    'namespaces cannot be read',
    [np('{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: web}}}]}]}')],
    { change: (facts) => ({ ...facts, namespaces: null }) },
    'unknown',
  ],
  [
    'a policy that is not whole here',
    [np(`{podSelector: ${db}}`)],
    {
      change: (facts) => ({
        ...facts,
        networkPolicies: (facts.networkPolicies ?? []).map((one) => ({ ...one, whole: false })),
      }),
    },
    'unknown',
  ],
];

describe('evaluateFlow', () => {
  it.each(cases)('%s', (_name, manifests, asked, decision) => {
    expect(ask(manifests, asked).decision).toBe(decision);
  });

  it('names the rule and the peer that decide, or the policies that do not', () => {
    const two =
      '{podSelector: {}, ingress: [{ports: [{port: 1}]}, {from: [{podSelector: {}}, {namespaceSelector: {}}]}]}';
    expect(ask([np(two)]).ingress).toEqual({
      decision: 'allow',
      reason: 'rule 2 (ingress) of NetworkPolicy back/p admits it',
      by: { kind: 'NetworkPolicy', namespace: 'back', name: 'p', rule: 1, peer: 1 },
      isolating: [],
    });
    expect(ask([np(`{podSelector: ${db}}`)]).ingress).toEqual({
      decision: 'deny',
      reason: 'NetworkPolicy back/p selects pod back/db for ingress and no rule of it admits this',
      by: null,
      isolating: [{ namespace: 'back', name: 'p' }],
    });
  });
});
