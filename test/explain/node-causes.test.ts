import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { NodeNetworkFacts } from '../../src/cluster/node-network-facts.ts';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import {
  causeOf,
  CLIENT_ADDRESS,
  COREDNS,
  DNS_SLICE,
  dnsSlice,
  endpoint,
  facts,
  finding,
  group,
  node,
  pod,
  policy,
  ranked,
  service,
  slice,
} from './builders.ts';
import { link, network } from './node-builders.ts';

const PAYMENTS = '10.96.3.4:80';
const DNS = '10.96.0.10:53';
const here = pod('payments-1', { node: 'node1', address: '10.244.1.7', labels: { app: 'payments' } });
const there = pod('payments-2', { node: 'node2', address: '10.244.2.7', labels: { app: 'payments' } });
const third = pod('payments-3', { node: 'node3', address: '10.244.3.7', labels: { app: 'payments' } });
const bothNodes = slice('payments', [
  endpoint('10.244.1.7', { node: 'node1', pod: 'payments-1' }),
  endpoint('10.244.2.7', { node: 'node2', pod: 'payments-2' }),
]);
const payments = service('payments', '10.96.3.4');
const twoNodes = facts({ services: [payments], pods: [here, there], endpointSlices: [bothNodes] });
const threeNodes: Facts = { ...twoNodes, nodes: [node('node1', 1), node('node2', 2), node('node3', 3)] };

const synSilence = finding('tcp-syn-no-answer', PAYMENTS, {
  count: 6,
  details: { attempts: 12, succeeded: 6 },
});
const dnsSilence = finding('dns-no-answer', DNS, { count: 8 });
const paymentsMixed = group(PAYMENTS, { answered: 6, silent: 6 });
const dnsSilent = group(DNS, { silent: 8 }, { protocol: 'UDP' });
const external = group('192.0.2.80:443', { answered: 1 });

interface Case {
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly groups: readonly ConversationGroup[];
  readonly facts: Facts;
  readonly causes: readonly string[];
}

const both = { findings: [synSilence, dnsSilence], groups: [paymentsMixed, dnsSilent] };

const forwarding: readonly Case[] = [
  {
    name: 'same node answers, two destinations on the only other node are silent',
    ...both,
    facts: twoNodes,
    causes: ['node-ip-forward-off likely'],
  },
  {
    name: 'nothing answers on the same node',
    findings: both.findings,
    groups: [group(PAYMENTS, { silent: 2 }), dnsSilent],
    facts: facts({
      services: [payments],
      pods: [there],
      endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2' })])],
    }),
    causes: ['node-ip-forward-off possible'],
  },
  {
    name: 'a default-deny policy selects the client',
    ...both,
    facts: { ...twoNodes, networkPolicies: [policy('default-deny', { policyTypes: ['Ingress', 'Egress'] })] },
    causes: ['node-ip-forward-off possible', 'policy-without-enforcer likely'],
  },
  {
    name: 'a policy selects a server pod',
    ...both,
    facts: {
      ...twoNodes,
      networkPolicies: [
        policy('payments', { podSelector: { matchLabels: { app: 'payments' }, matchExpressions: [] } }),
      ],
    },
    causes: ['node-ip-forward-off possible', 'policy-without-enforcer likely'],
  },
  {
    name: 'a policy in the wrong direction',
    ...both,
    facts: {
      ...twoNodes,
      networkPolicies: [
        policy('in', { podSelector: { matchLabels: { app: 'client' }, matchExpressions: [] } }),
      ],
    },
    causes: ['node-ip-forward-off likely'],
  },
  {
    name: 'policies cannot be read',
    ...both,
    facts: { ...twoNodes, networkPolicies: null },
    causes: ['node-ip-forward-off possible'],
  },
  {
    name: 'another vendor’s policy for the whole cluster',
    ...both,
    facts: {
      ...twoNodes,
      otherPolicyKinds: [{ kind: 'CiliumClusterwideNetworkPolicy', group: 'cilium.io', objects: ['deny'] }],
    },
    causes: ['node-ip-forward-off possible'],
  },
  {
    name: 'another vendor’s policy in another namespace',
    ...both,
    facts: {
      ...twoNodes,
      otherPolicyKinds: [{ kind: 'CiliumNetworkPolicy', group: 'cilium.io', objects: ['other/deny'] }],
    },
    causes: ['node-ip-forward-off likely'],
  },
  {
    name: 'another vendor’s kind that cannot be listed',
    ...both,
    facts: {
      ...twoNodes,
      otherPolicyKinds: [{ kind: 'CiliumNetworkPolicy', group: 'cilium.io', objects: null }],
    },
    causes: ['node-ip-forward-off possible'],
  },
  {
    name: 'mesh policies without a mesh',
    ...both,
    facts: {
      ...twoNodes,
      otherPolicyKinds: [{ kind: 'AuthorizationPolicy', group: 'security.istio.io', objects: ['shop/deny'] }],
    },
    causes: ['node-ip-forward-off likely'],
  },
  {
    name: 'the node is not Ready',
    ...both,
    facts: { ...twoNodes, nodes: [node('node1', 1, { ready: false }), node('node2', 2)] },
    causes: ['node-ip-forward-off possible'],
  },
  {
    name: 'nodes cannot be read',
    ...both,
    facts: { ...twoNodes, nodes: null },
    causes: ['node-ip-forward-off possible'],
  },
  {
    name: 'only one endpoint is silent',
    findings: [synSilence],
    groups: [paymentsMixed],
    facts: twoNodes,
    causes: [],
  },
  {
    name: 'DNS on the other node answers',
    findings: [synSilence],
    groups: [paymentsMixed, group(DNS, { answered: 40 }, { protocol: 'UDP' })],
    facts: twoNodes,
    causes: [],
  },
  {
    name: 'an address outside answers',
    ...both,
    groups: [...both.groups, external],
    facts: twoNodes,
    causes: [],
  },
  {
    name: 'a pod on the other node refuses',
    ...both,
    groups: [...both.groups, group('10.244.2.2:9153', { refused: 2 })],
    facts: twoNodes,
    causes: [],
  },
  {
    name: 'too many answers for the one endpoint on the node',
    ...both,
    groups: [group(PAYMENTS, { answered: 95, silent: 5 }), dnsSilent],
    facts: twoNodes,
    causes: [],
  },
  {
    name: 'a pod of the other node was answered',
    ...both,
    groups: [...both.groups, group(`${CLIENT_ADDRESS}:8080`, { answered: 1 }, { client: '10.244.2.7' })],
    facts: twoNodes,
    causes: [],
  },
  { name: 'only one of two other nodes is silent', ...both, facts: threeNodes, causes: [] },
  {
    name: 'both other nodes are silent',
    ...both,
    groups: [group(PAYMENTS, { answered: 4, silent: 8 }), dnsSilent],
    facts: {
      ...threeNodes,
      pods: [...(threeNodes.pods ?? []), third],
      endpointSlices: [
        DNS_SLICE,
        slice('payments', [...bothNodes.endpoints, endpoint('10.244.3.7', { node: 'node3' })]),
      ],
    },
    causes: ['node-ip-forward-off likely'],
  },
  {
    name: 'CoreDNS has no endpoints: its silence is another story',
    ...both,
    facts: {
      ...twoNodes,
      endpointSlices: [bothNodes, dnsSlice([])],
      pods: (twoNodes.pods ?? []).filter((one) => one !== COREDNS),
    },
    causes: ['coredns-down likely'],
  },
  {
    name: 'only addresses outside are silent',
    findings: [finding('tcp-syn-no-answer', '192.0.2.1:443'), finding('tcp-syn-no-answer', '192.0.2.2:443')],
    groups: [group('192.0.2.1:443', { silent: 3 }), group('192.0.2.2:443', { silent: 3 })],
    facts: twoNodes,
    causes: [],
  },
  {
    name: 'the client is on the host’s network',
    ...both,
    facts: {
      ...twoNodes,
      pods: (twoNodes.pods ?? []).map((one) => (one.name === 'client' ? { ...one, hostNetwork: true } : one)),
    },
    causes: [],
  },
  {
    name: 'internalTrafficPolicy Local with an endpoint elsewhere only',
    findings: both.findings,
    groups: [group(PAYMENTS, { silent: 9 }), dnsSilent],
    facts: facts({
      services: [{ ...payments, internalTrafficPolicy: 'Local' }],
      pods: [there],
      endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2' })])],
    }),
    causes: ['local-traffic-policy-without-endpoint certain'],
  },
];

const otherReply = finding('reply-from-other-address', PAYMENTS, {
  details: { answeredBy: ['10.244.1.7:8080'] },
});
const bridge: readonly Case[] = [
  {
    name: 'the answer comes from an endpoint on the client’s node',
    findings: [otherReply],
    groups: [group(PAYMENTS, { answered: 5, answeredByOther: 5 })],
    facts: twoNodes,
    causes: ['node-bridge-nf-off likely'],
  },
  {
    name: 'the endpoint is on another node',
    findings: [{ ...otherReply, details: { answeredBy: ['10.244.2.7:8080'] } }],
    groups: [],
    facts: twoNodes,
    causes: [],
  },
  {
    name: 'nobody of the Service answered',
    findings: [{ ...otherReply, details: { answeredBy: ['10.244.1.8:8080'] } }],
    groups: [],
    facts: twoNodes,
    causes: [],
  },
  {
    name: 'a network without a bridge',
    findings: [otherReply],
    groups: [],
    facts: {
      ...twoNodes,
      pods: [
        ...(twoNodes.pods ?? []),
        pod('cilium-x', { namespace: 'kube-system', owner: 'DaemonSet/cilium', hostNetwork: true }),
      ],
    },
    causes: [],
  },
  {
    name: 'all endpoints on the node, and some answers were right',
    findings: [otherReply],
    groups: [group(PAYMENTS, { answered: 5, answeredByOther: 5 })],
    facts: { ...twoNodes, endpointSlices: [slice('payments', [endpoint('10.244.1.7', { node: 'node1' })])] },
    causes: ['node-bridge-nf-off possible'],
  },
];

/** A node that was looked into and does not forward. */
function off(number: 1 | 2): NodeNetworkFacts {
  return network(number, { sysctls: { 'net.ipv4.ip_forward': 0 } });
}

describe('node-ip-forward-off', () => {
  it.each(forwarding)('$name', ({ findings, groups, facts: from, causes }) => {
    expect(ranked(explain(findings, groups, from))).toEqual(causes);
  });

  it('explains both findings at once and names the sysctl of both nodes', () => {
    const explanation = explain(both.findings, both.groups, twoNodes);
    expect(explanation.causes[0]).toMatchObject({
      findings: ['tcp-syn-no-answer', 'dns-no-answer'],
      findingIndexes: [0, 1],
    });
    expect(explanation.causes[0]?.text).toBe(
      'Node node1 does not seem to forward packets (net.ipv4.ip_forward): 2 destinations off the node are silent (svc/payments.shop, svc/kube-dns.kube-system), endpoints on the node answer',
    );
    expect(explanation.unknowns).toContainEqual({
      what: 'sysctl net.ipv4.ip_forward of node node1',
      why: 'the node was not looked into; what the pod sees is its own network’s',
      next: 'kubectl netdebug trace pod/client -n shop --read-node',
    });
    expect(explanation.unknowns.map(({ what }) => what)).toContain(
      'sysctl net.ipv4.ip_forward of node node2',
    );
  });

  it.each<[string, readonly NodeNetworkFacts[], readonly string[]]>([
    ['off on the client’s node', [off(1), network(2)], ['node-ip-forward-off certain']],
    ['off on the other node', [network(1), off(2)], ['node-ip-forward-off certain']],
    ['on on both', [network(1), network(2)], []],
    ['on on the client’s node, the other one was not looked into', [network(1)], []],
    ['the client’s node was not looked into', [network(2)], ['node-ip-forward-off likely']],
    [
      'off for the interface to the pods alone',
      [network(1, { interfaces: [link('eth0'), link('cni0', { forwardsIPv4: false })] }), network(2)],
      ['node-ip-forward-off certain'],
    ],
  ])('is read: %s', (_, nodeNetworks, causes) => {
    expect(ranked(explain(both.findings, both.groups, { ...twoNodes, nodeNetworks }))).toEqual(causes);
  });

  it('is certain though a policy may deny the traffic too, and only for what the node has to forward', () => {
    const read = { ...twoNodes, nodeNetworks: [off(1), network(2)] };
    const denied = {
      ...read,
      networkPolicies: [policy('default-deny', { policyTypes: ['Ingress', 'Egress'] })],
    };
    expect(ranked(explain(both.findings, both.groups, denied))).toContain('node-ip-forward-off certain');
    const bridged = finding('tcp-syn-no-answer', '10.244.1.7:8080');
    expect(ranked(explain([bridged], [group('10.244.1.7:8080', { silent: 3 })], read))).toEqual([]);
  });

  it('is no cause where the nodes’ ranges are not declared, either', () => {
    const undeclared = (twoNodes.nodes ?? []).map((one) => ({ ...one, podCidrs: [] }));
    expect(ranked(explain(both.findings, both.groups, { ...twoNodes, nodes: undeclared }))).toEqual([
      'node-ip-forward-off likely',
    ]);
  });
});

describe('node-bridge-nf-off', () => {
  it.each(bridge)('$name', ({ findings, groups, facts: from, causes }) => {
    expect(ranked(explain(findings, groups, from))).toEqual(causes);
  });

  it.each<[string, Readonly<Record<string, number | null>>, readonly string[]]>([
    ['0', { 'net.bridge.bridge-nf-call-iptables': 0 }, ['node-bridge-nf-off certain']],
    ['not there', { 'net.bridge.bridge-nf-call-iptables': null }, ['node-bridge-nf-off certain']],
    ['1', {}, []],
  ])('is read: the setting is %s', (_, sysctls, causes) => {
    const read = { ...twoNodes, nodeNetworks: [network(1, { sysctls })] };
    expect(ranked(explain([otherReply], [], read))).toEqual(causes);
  });

  it('names the sysctl and the endpoint', () => {
    const explanation = explain([otherReply], [], twoNodes);
    expect(explanation.unknowns[0]?.next).toBe('kubectl netdebug trace pod/client -n shop --read-node');
    expect(causeOf('node-bridge-nf-off', [otherReply], [], twoNodes).evidence).toContain(
      'EndpointSlice shop/payments-abc12: 10.244.1.7 is on node node1, as is the client',
    );
  });
});
