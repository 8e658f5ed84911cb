import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import { explain } from '../../src/explain/index.ts';
import { endpoint, facts, finding, pod, policy, rejected, service, slice } from './builders.ts';

const PAYMENTS = '10.96.3.4:80';
const payments = service('payments', '10.96.3.4', { namespace: 'back' });
const server = pod('payments-1', { namespace: 'back', address: '10.244.2.7', labels: { app: 'payments' } });
const base = facts({
  services: [payments],
  pods: [server],
  endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2' })], { namespace: 'back' })],
});
const silent = finding('tcp-syn-no-answer', PAYMENTS);
const cilium = (
  objects: readonly string[] | null,
  kind = 'CiliumNetworkPolicy',
  group = 'cilium.io',
): Partial<Facts> => ({ otherPolicyKinds: [{ kind, group, objects }] });

function texts(part: Partial<Facts>, of = silent): string[] {
  return explain([of], [], { ...base, ...part }).policySuspects.map(({ text }) => text);
}

describe('policy suspects', () => {
  it.each<{ readonly name: string; readonly part: Partial<Facts>; readonly suspects: readonly string[] }>([
    { name: 'none', part: {}, suspects: [] },
    {
      name: 'egress at the client',
      part: { networkPolicies: [policy('deny', { policyTypes: ['Egress'] })] },
      suspects: [
        'a NetworkPolicy may be dropping this: shop/deny selects the client pod shop/client (Egress)',
      ],
    },
    {
      name: 'ingress at the client does not matter',
      part: { networkPolicies: [policy('deny')] },
      suspects: [],
    },
    {
      name: 'ingress at the server',
      part: { networkPolicies: [policy('deny', { namespace: 'back' })] },
      suspects: [
        'a NetworkPolicy may be dropping this: back/deny selects the server pod back/payments-1 (Ingress)',
      ],
    },
    {
      name: 'egress at the server does not matter',
      part: { networkPolicies: [policy('deny', { namespace: 'back', policyTypes: ['Egress'] })] },
      suspects: [],
    },
    {
      name: 'selects other pods',
      part: {
        networkPolicies: [
          policy('deny', {
            policyTypes: ['Egress'],
            podSelector: { matchLabels: { app: 'cart' }, matchExpressions: [] },
          }),
        ],
      },
      suspects: [],
    },
    {
      name: 'by expression',
      part: {
        networkPolicies: [
          policy('deny', {
            policyTypes: ['Egress'],
            podSelector: {
              matchLabels: {},
              matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['cart'] }],
            },
          }),
        ],
      },
      suspects: [
        'a NetworkPolicy may be dropping this: shop/deny selects the client pod shop/client (Egress)',
      ],
    },
    {
      name: 'not readable',
      part: { networkPolicies: null },
      suspects: ['a NetworkPolicy may be dropping this: the NetworkPolicies could not be read'],
    },
    {
      name: 'not readable in the server’s namespace',
      part: { partial: { networkPolicies: ['kube-system', 'shop'] } },
      suspects: [
        'a NetworkPolicy may be dropping this: the NetworkPolicies of namespace back could not be read',
      ],
    },
    {
      name: 'readable where it matters',
      part: { partial: { networkPolicies: ['back', 'shop'] } },
      suspects: [],
    },
    {
      name: 'other kind in the client’s namespace',
      part: cilium(['other/x', 'shop/deny']),
      suspects: [
        'a policy of another kind may be dropping this: CiliumNetworkPolicy shop/deny exists and is not evaluated',
      ],
    },
    { name: 'other kind elsewhere', part: cilium(['other/x']), suspects: [] },
    {
      name: 'other kind, not listed',
      part: cilium(null),
      suspects: [
        'a policy of another kind may be dropping this: the CiliumNetworkPolicy objects (cilium.io) could not be listed',
      ],
    },
    {
      name: 'other kind, more than listed',
      part: cilium(Array.from({ length: 50 }, (_, index) => `other/p${index}`)),
      suspects: [
        'a policy of another kind may be dropping this: there are more CiliumNetworkPolicy objects (cilium.io) than were listed',
      ],
    },
    {
      name: 'cluster-wide tier',
      part: cilium(['deny-all'], 'AdminNetworkPolicy', 'policy.networking.k8s.io'),
      suspects: [
        'a policy of another kind may be dropping this: AdminNetworkPolicy deny-all exists and is not evaluated',
      ],
    },
    {
      name: 'kinds unknown',
      part: { otherPolicyKinds: null },
      suspects: [
        'a policy of another kind may be dropping this: which kinds the cluster has could not be read',
      ],
    },
    {
      name: 'mesh policy without a mesh',
      part: cilium(['shop/deny'], 'AuthorizationPolicy', 'security.istio.io'),
      suspects: [],
    },
    {
      name: 'mesh policy with a sidecar',
      part: {
        ...cilium(['shop/deny'], 'AuthorizationPolicy', 'security.istio.io'),
        pods: (base.pods ?? []).map((one) => ({ ...one, sidecars: ['istio-proxy'] })),
      },
      suspects: [
        'a policy of another kind may be dropping this: AuthorizationPolicy shop/deny exists and is not evaluated',
      ],
    },
    {
      name: 'pods on the host’s network are no subjects',
      part: {
        networkPolicies: [policy('deny', { policyTypes: ['Egress'] })],
        pods: (base.pods ?? []).map((one) => ({ ...one, hostNetwork: true })),
      },
      suspects: [],
    },
  ])('$name', ({ part, suspects }) => {
    expect(texts(part)).toEqual(suspects);
  });

  it('concern silence, and rejections that come from behind the Service', () => {
    const part = { networkPolicies: [policy('deny', { policyTypes: ['Egress'] })] };
    expect(texts(part, rejected(PAYMENTS))).toEqual([]);
    expect(texts(part, finding('tcp-refused', PAYMENTS))).toEqual([]);
    expect(
      texts(
        part,
        rejected(PAYMENTS, {
          details: { icmp: { sender: '10.96.3.4', type: 3, code: 3, meaning: 'port unreachable' } },
        }),
      ),
    ).toEqual([
      'a NetworkPolicy may be rejecting this: shop/deny selects the client pod shop/client (Egress)',
    ]);
    expect(
      texts(
        part,
        rejected(PAYMENTS, {
          details: { icmp: { sender: '10.96.3.4', type: 3, code: 1, meaning: 'host unreachable' } },
        }),
      ),
    ).toEqual([]);
  });

  it('name all findings that a policy may be behind, once', () => {
    const from = { ...base, networkPolicies: [policy('deny', { policyTypes: ['Egress'] })] };
    const { policySuspects } = explain(
      [finding('dns-servfail', '10.96.0.10:53'), silent, finding('dns-no-answer', '10.96.0.10:53')],
      [],
      from,
    );
    expect(policySuspects).toEqual([
      {
        findingIndexes: [1, 2],
        text: expect.stringContaining('shop/deny'),
        next: 'kubectl describe networkpolicy deny -n shop',
      },
    ]);
  });
});
