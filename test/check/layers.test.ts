import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import { COREDNS, endpoint, node, pod, policy, port, service, slice } from '../explain/builders.ts';
import { layer, NOBODY, PAYMENTS, SHOP, statuses, verdictOf, way, WEB, WEB_2 } from './evaluate.ts';

const CALICO = pod('calico-1', { namespace: 'kube-system', owner: 'DaemonSet/calico-node' });
const enforced = (part: Partial<Facts>): Partial<Facts> => ({
  ...SHOP,
  ...part,
  pods: [...(SHOP.pods ?? []), CALICO],
});
const admitting = (label: string) =>
  policy('rules', {
    podSelector: { matchLabels: { app: 'payments' }, matchExpressions: [] },
    ingress: [
      {
        peers: [
          {
            podSelector: { matchLabels: { app: label }, matchExpressions: [] },
            namespaceSelector: null,
            ipBlock: null,
          },
        ],
        ports: [{ protocol: 'TCP', port: 8080, endPort: null }],
      },
    ],
  });

describe('a way that nothing stands in', () => {
  test('is open in every layer, as far as the objects say', () => {
    const found = way();
    expect(statuses(found)).toBe('from ok, dns ok, service ok, endpoints ok, policy ok, path ok');
    expect(verdictOf(found)).toMatchObject({ outcome: 'open', layer: '' });
    expect(found.policy).toMatchObject({
      verdict: 'allow',
      ways: [{ to: 'pod/shop/web-2' }, { to: 'pod/shop/web' }],
    });
    // What was not looked at is not called fine.
    expect(found.unknowns.map(({ next }) => next)).toContain(
      'kubectl netdebug trace pod/client -n shop --read-node',
    );
  });

  test('an address, a pod and a name lead to the same place', () => {
    const byAddress = way(SHOP, { ...NOBODY, addresses: ['10.96.3.4'], port: 80 });
    expect(byAddress.policy.ways).toHaveLength(2);
    const byPod = way(SHOP, { ...NOBODY, pods: [{ namespace: 'shop', name: 'web' }] });
    expect(byPod.policy.ways).toMatchObject([{ to: 'pod/shop/web', port: 8080 }]);
    const byName = way(SHOP, { ...NOBODY, name: 'payments.shop.svc.cluster.local', port: 80 });
    expect(byName.route.service?.name).toBe('payments');
  });
});

describe('the first failing layer has the cause that a trace names', () => {
  const near = { pods: [pod('web', { labels: { app: 'payments' }, address: '10.244.2.7' })] };
  const unserved = {
    services: [service('payments', '10.96.3.4', { selector: { app: 'paymnts' } })],
    endpointSlices: [slice('payments', [])],
  };
  const notReady = [
    slice('payments', [endpoint('10.244.2.7', { ready: false, serving: false, pod: 'web' })]),
  ];

  test.each<readonly [string, Partial<Facts>, string, string]>([
    ['selector', { ...near, ...unserved }, 'endpoints', 'service-selector-mismatch'],
    ['no pods', unserved, 'endpoints', 'service-without-endpoints'],
    [
      'not ready',
      { ...SHOP, endpointSlices: notReady, pods: [{ ...WEB, ready: false }] },
      'endpoints',
      'endpoints-not-ready',
    ],
    [
      'stale',
      { services: SHOP.services!, endpointSlices: [slice('payments', [endpoint('10.244.2.99')])] },
      'endpoints',
      'stale-endpoint',
    ],
    [
      'local only',
      {
        ...SHOP,
        services: [service('payments', '10.96.3.4', { internalTrafficPolicy: 'Local' })],
        endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'web' })])],
      },
      'endpoints',
      'local-traffic-policy-without-endpoint',
    ],
    ['policy', enforced({ networkPolicies: [admitting('gateway')] }), 'policy', 'networkpolicy-denies'],
    ['name', { services: [service('paymentz', '10.96.3.9')] }, 'dns', 'dns-name-misspelt'],
  ])('%s', (_, part, failing, cause) => {
    const found = way(part);
    expect(verdictOf(found)).toMatchObject({ outcome: 'fails', layer: failing });
    expect(found.causes[0]).toMatchObject({ id: cause, layer: failing });
    // Nothing was sent.
    expect(found.causes.map(({ confidence }) => confidence)).not.toContain('certain');
    expect(found.causes.flatMap(({ evidence }) => evidence).join()).not.toContain('nothing was sent');
    expect(found.causes[0]?.fix).not.toBe('');
  });

  test('a port that the Service does not have', () => {
    const found = way(SHOP, { ...PAYMENTS, port: 81 });
    expect(layer(found, 'service')).toMatchObject({
      status: 'fails',
      seen: 'Service shop/payments has no port 81; it has 80/TCP',
    });
  });

  test('a targetPort that nobody declares is a warning: it may be served all the same', () => {
    const found = way({
      ...SHOP,
      pods: [WEB, WEB_2].map((one) => ({
        ...one,
        containerPorts: [{ name: '', port: 9090, protocol: 'TCP' }],
      })),
    });
    expect(layer(found, 'endpoints').status).toBe('warning');
    expect(found.causes).toMatchObject([{ id: 'target-port-mismatch', confidence: 'possible' }]);
    expect(verdictOf(found).outcome).toBe('open');
  });

  test('a DNS without pods fails before all else', () => {
    const down = way({ ...SHOP, pods: [WEB, WEB_2, { ...COREDNS, ready: false }], ...withoutDns() });
    expect(verdictOf(down).layer).toBe('dns');
    expect(down.causes[0]).toMatchObject({ id: 'coredns-down', layer: 'dns' });
    expect(layer(down, 'policy').status).toBe('ok');
  });

  test('a Service that there is not, and nothing near it', () => {
    const found = way({ services: [] }, { ...PAYMENTS, service: { namespace: 'shop', name: 'ledger' } });
    expect(layer(found, 'dns')).toMatchObject({ status: 'fails', seen: 'there is no Service shop/ledger' });
    expect(found.causes).toEqual([]);
  });
});

/** The cluster's DNS is not the builders' own: its Service selects no pod that is ready. */
function withoutDns(): Partial<Facts> {
  const dns = service('dns', '10.96.0.11', {
    namespace: 'kube-system',
    selector: { 'k8s-app': 'none' },
    ports: [port({ port: 53, protocol: 'UDP' })],
  });
  return {
    services: [...(SHOP.services ?? []), dns],
    endpointSlices: [...(SHOP.endpointSlices ?? []), slice('dns', [], { namespace: 'kube-system' })],
    resolver: { nameservers: ['10.96.0.11'], search: ['shop.svc.cluster.local'], ndots: 5 },
    clusterDns: {
      service: { namespace: 'kube-system', name: 'dns' },
      clusterIPs: ['10.96.0.11'],
      workload: '',
      wantedReplicas: null,
    },
  };
}

describe('policies', () => {
  test('the smallest policy that would admit it is printed', () => {
    const found = way(enforced({ networkPolicies: [admitting('gateway')] }));
    expect(found.causes[0]?.fix).toContain('kind: NetworkPolicy');
    expect(found.policy).toMatchObject({
      verdict: 'deny',
      ingress: { verdict: 'deny', policy: 'NetworkPolicy shop/rules', rule: null },
      egress: { verdict: 'allow' },
    });
  });

  test('some of the endpoints are denied: said, and the JSON depends', () => {
    const only = {
      ...admitting('gateway'),
      podSelector: { matchLabels: { zone: 'one' }, matchExpressions: [] },
    };
    const found = way(enforced({ networkPolicies: [only] }));
    expect(layer(found, 'policy')).toMatchObject({ status: 'fails' });
    expect(layer(found, 'policy').seen).toMatch(/^1 of 2 ways are denied \(pod\/shop\/web-2\)/);
    expect(found.policy.verdict).toBe('depends');
    expect(found.policy.ways.map(({ verdict }) => verdict)).toEqual(['deny', 'allow']);
  });

  test('the rule that admits it is named', () => {
    expect(way(enforced({ networkPolicies: [admitting('client')] })).policy.ingress).toMatchObject({
      verdict: 'allow',
      policy: 'NetworkPolicy shop/rules',
      rule: 1,
    });
  });

  test('where nothing enforces policies a denial is a warning', () => {
    const found = way({ ...SHOP, networkPolicies: [admitting('gateway')] });
    expect(layer(found, 'policy').status).toBe('warning');
    expect(found.causes.every(({ confidence }) => confidence === 'possible')).toBe(true);
    expect(verdictOf(found).outcome).toBe('open');
  });

  test("another vendor's policy is not evaluated, so the layer is not known", () => {
    const kinds = [{ kind: 'CiliumNetworkPolicy', group: 'cilium.io', objects: ['shop/lock'] }];
    expect(layer(way({ ...SHOP, otherPolicyKinds: kinds }), 'policy').status).toBe('unknown');
  });

  test('DNS that a policy denies fails before the rest', () => {
    const egress = policy('out', {
      podSelector: { matchLabels: { app: 'client' }, matchExpressions: [] },
      policyTypes: ['Egress'],
      egress: [{ peers: [], ports: [{ protocol: 'TCP', port: 8080, endPort: null }] }],
    });
    const found = way(enforced({ networkPolicies: [egress] }));
    expect(verdictOf(found).layer).toBe('dns');
    expect(found.causes[0]).toMatchObject({ id: 'policy-blocks-dns', layer: 'dns' });
    expect(layer(found, 'policy').status).toBe('ok');
  });
});

describe('what could not be read weakens the verdict, and never turns it', () => {
  test.each<readonly [string, Partial<Facts>, string]>([
    ['services', { services: null }, 'dns'],
    ['EndpointSlices', { endpointSlices: null }, 'dns'],
    ['policies', { networkPolicies: null }, 'dns'],
    ['the cluster-wide policies', { adminPolicies: null }, 'dns'],
    ['the kinds of policies', { otherPolicyKinds: null }, 'policy'],
    ['nodes', { nodes: null }, 'path'],
  ])('%s', (_, part, unknown) => {
    const found = way({ ...SHOP, ...part });
    expect(verdictOf(found)).toMatchObject({ outcome: 'unknown', layer: unknown });
    expect(found.causes).toEqual([]);
  });

  test('policies of the server’s namespace that could not be read are not "none"', () => {
    const partial = { networkPolicies: ['kube-system'] };
    expect(layer(way({ ...SHOP, partial }), 'policy').status).toBe('unknown');
  });

  test.each<readonly [string, Partial<Facts>]>([
    ['Services', { services: null }],
    ['nodes', { nodes: null }],
    ['all pods', { partial: { pods: ['shop'] } }],
  ])('without %s an address of nobody is not called one outside the cluster', (_, part) => {
    const asked = { ...NOBODY, addresses: ['203.0.113.9'], port: 443 };
    expect(statuses(way(SHOP, asked), 'endpoints', 'policy')).toBe('endpoints ok, policy ok');
    expect(statuses(way({ ...SHOP, ...part }, asked), 'endpoints')).toBe('endpoints unknown');
    expect(way({ ...SHOP, ...part }, asked).policy.ingress.verdict).toBe('unknown');
  });

  test('without a port no policy is evaluated', () => {
    const bare = pod('bare', { address: '10.244.2.30' });
    const found = way({ pods: [bare] }, { ...NOBODY, pods: [{ namespace: 'shop', name: 'bare' }] });
    expect(layer(found, 'policy').seen).toContain('write TO:PORT');
    expect(found.policy.verdict).toBe('unknown');
  });

  test('a node that is not ready is a warning', () => {
    const nodes = [node('node1', 1), node('node2', 2, { ready: false })];
    expect(layer(way({ ...SHOP, nodes }), 'path')).toMatchObject({ status: 'warning' });
  });
});
