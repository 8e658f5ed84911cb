import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectFacts, type FactsRequest } from '../../src/cluster/collect.ts';
import { covers } from '../../src/cluster/labels.ts';
import { ApiError } from '../../src/kube/kube-api.ts';
import { CLIENT, HEALTHY, KUBE_DNS, meta } from './answers.ts';
import { fakeApi, forbidden } from './fake-api.ts';

const REQUEST: FactsRequest = {
  targets: [{ namespace: 'shop', name: 'client' }],
  resolver: { nameservers: ['10.96.0.10'], search: ['shop.svc.cluster.local'], ndots: 5 },
  addresses: ['10.96.3.4'],
  now: () => new Date('2026-11-21T10:05:00Z'),
};

describe('collectFacts', () => {
  it('knows the pod of each endpoint, also of one that starts meanwhile', async () => {
    const api = fakeApi(HEALTHY);
    let isStarted = false;
    const list: typeof api.list = async <T>(path: string): Promise<T[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (path.endsWith('/pods') && !isStarted) return [];
      const items = await api.list<T>(path);
      if (path.endsWith('/endpointslices')) isStarted = true;
      return items;
    };
    const facts = await collectFacts({ ...api, list }, REQUEST);
    expect(facts.endpointSlices?.length).toBeGreaterThan(0);
    expect(facts.pods?.map(({ name }) => name)).toContain('payments-1');
  });

  it('reduces each kind to what is used, sorted', async () => {
    const facts = await collectFacts(fakeApi(HEALTHY), REQUEST);
    expect(facts).toMatchObject({
      factsVersion: 1,
      collectedAt: '2026-11-21T10:05:00.000Z',
      serverVersion: 'v1.34.4',
      apiServer: '172.30.0.1:6443',
    });
    expect(facts.partial).toBeUndefined();
    expect(facts.nodes).toEqual([
      {
        name: 'node1',
        labels: {},
        addresses: [],
        podCidrs: ['10.244.1.0/24'],
        ready: true,
        problems: [],
        plugins: [],
        pluginAddresses: [],
      },
      {
        name: 'node2',
        labels: {},
        addresses: ['172.30.0.12'],
        podCidrs: ['10.244.2.0/24'],
        ready: false,
        problems: ['NetworkUnavailable=True', 'Ready=Unknown: NodeStatusUnknown'],
        plugins: [],
        pluginAddresses: [],
      },
    ]);
    expect(facts.pods?.map(({ name }) => name)).toEqual(['payments-1', 'client']);
    expect(facts.pods?.[0]).toEqual({
      namespace: 'back',
      name: 'payments-1',
      labels: { app: 'payments' },
      node: 'node2',
      addresses: ['10.244.2.7'],
      phase: 'Running',
      ready: false,
      terminating: false,
      hostNetwork: false,
      createdAt: '2026-11-21T09:00:00Z',
      restarts: 3,
      containerPorts: [
        { name: 'http', port: 8080, protocol: 'TCP' },
        { name: '', port: 4143, protocol: 'TCP' },
      ],
      containerProblems: ['app: CrashLoopBackOff'],
      sidecars: ['istio-proxy', 'linkerd-proxy'],
      owner: 'ReplicaSet/payments-66',
      life: {
        deletedAt: '',
        readyChangedAt: '',
        containers: [
          {
            name: 'app',
            restarts: 3,
            runsSince: '',
            waitsFor: 'CrashLoopBackOff',
            lastEnd: null,
            cpuLimit: '',
            memoryLimit: '',
          },
        ],
      },
    });
    expect(facts.services?.[0]).toMatchObject({
      clusterIPs: ['10.96.3.4'],
      externalIPs: ['203.0.113.9'],
      internalTrafficPolicy: 'Cluster',
      ports: [
        { name: '', port: 80, protocol: 'TCP', targetPort: 'http', nodePort: 30080 },
        { name: '', port: 81, protocol: 'TCP', targetPort: 81, nodePort: 0 },
      ],
    });
    const noHints = { forZones: [], forNodes: [] };
    expect(facts.endpointSlices?.[0]?.endpoints).toEqual([
      {
        ...noHints,
        addresses: ['10.244.1.9'],
        ready: true,
        serving: true,
        terminating: false,
        node: '',
        pod: '',
      },
      {
        ...noHints,
        addresses: ['10.244.2.7'],
        ready: false,
        serving: false,
        terminating: false,
        node: 'node2',
        pod: 'payments-1',
      },
    ]);
    expect(facts.networkPolicies?.map(({ name, policyTypes }) => [name, policyTypes])).toEqual([
      ['a', ['Ingress', 'Egress']],
      ['b', ['Ingress']],
    ]);
    expect(facts.clusterDns).toEqual({
      service: { namespace: 'kube-system', name: 'kube-dns' },
      clusterIPs: ['10.96.0.10'],
      workload: 'Deployment/coredns',
      wantedReplicas: 0,
    });
  });

  it('lists policies of other vendors and versions; cluster-wide tiers of which a kind is forbidden are null', async () => {
    const facts = await collectFacts(fakeApi(HEALTHY), REQUEST);
    expect(facts.adminPolicies).toBeNull();
    expect(facts.otherPolicyKinds).toEqual([
      { kind: 'NetworkPolicy', group: 'projectcalico.org', objects: ['shop/own'] },
    ]);
    expect(facts.unreadable).toEqual([
      {
        what: 'AdminNetworkPolicy objects (policy.networking.k8s.io)',
        why: 'adminnetworkpolicies is forbidden: User "dev" cannot list resource',
        fix: 'rules:\n- apiGroups: ["policy.networking.k8s.io"]\n  resources: ["adminnetworkpolicies"]\n  verbs: ["get", "list"]',
      },
    ]);
  });

  it('takes the rules of policies over, and the labels that they select by', async () => {
    const rule = {
      from: [
        { podSelector: { matchLabels: { app: 'web' } } },
        { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
      ],
      ports: [{ port: 'http' }, { port: 8000, endPort: 8010, protocol: 'UDP' }],
    };
    const facts = await collectFacts(
      fakeApi({
        ...HEALTHY,
        '/apis/networking.k8s.io/v1/networkpolicies': [
          { metadata: meta('shop', 'web', { team: 'a' }), spec: { podSelector: {}, ingress: [rule] } },
          {
            metadata: meta('shop', 'wide'),
            spec: { ingress: [{ from: Array(1001).fill({ podSelector: {} }) }] },
          },
        ],
        '/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies': [
          {
            metadata: { name: 'tenants' },
            spec: {
              priority: 7,
              subject: { namespaces: { matchLabels: { kind: 'tenant' } } },
              egress: [
                {
                  action: 'Allow',
                  to: [{ networks: ['10.0.0.0/8'] }],
                  ports: [{ portNumber: { port: 53, protocol: 'UDP' } }],
                },
              ],
            },
          },
        ],
      }),
      REQUEST,
    );
    expect(facts.namespaces).toEqual([{ name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } }]);
    expect(facts.networkPolicies?.map(({ name, whole }) => [name, whole])).toEqual([
      ['web', true],
      ['wide', false],
    ]);
    expect(facts.networkPolicies?.[0]).toMatchObject({
      labels: { team: 'a' },
      egress: [],
      ingress: [
        {
          peers: [
            { podSelector: { matchLabels: { app: 'web' } }, namespaceSelector: null, ipBlock: null },
            { podSelector: null, ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
          ],
          ports: [
            { protocol: 'TCP', port: 'http', endPort: null },
            { protocol: 'UDP', port: 8000, endPort: 8010 },
          ],
        },
      ],
    });
    expect(facts.adminPolicies?.map(({ kind, name, priority }) => [kind, name, priority])).toEqual([
      ['AdminNetworkPolicy', 'tenants', 7],
      ['ClusterNetworkPolicy', 'deny', 0],
    ]);
    expect(facts.adminPolicies?.[0]?.egress).toMatchObject([
      {
        action: 'Accept',
        peers: [{ networks: ['10.0.0.0/8'] }],
        ports: [{ protocol: 'UDP', first: 53, last: 53 }],
      },
    ]);
  });

  it('reads events of pods that are not ready, in needed namespaces only, newest first', async () => {
    const api = fakeApi(HEALTHY);
    const facts = await collectFacts(api, REQUEST);
    expect(facts.events?.map(({ message, count, lastSeen }) => [message, count, lastSeen])).toEqual([
      ['newer', 7, '2026-11-21T10:03:00Z'],
      ['Readiness probe failed: 503', 4, '2026-11-21T10:01:00Z'],
    ]);
    expect(api.asked.filter((path) => path.includes('events'))).toEqual([
      '/api/v1/namespaces/back/events?fieldSelector=involvedObject.kind=Pod,type=Warning',
    ]);
    const elsewhere = fakeApi(HEALTHY);
    await collectFacts(elsewhere, { ...REQUEST, addresses: [] });
    expect(elsewhere.asked.some((path) => path.includes('events'))).toBe(false);
  });

  it('falls back to the target’s namespace and kube-system, and says what is missing', async () => {
    const facts = await collectFacts(
      fakeApi({
        ...HEALTHY,
        '/api/v1/pods': forbidden('pods'),
        '/api/v1/namespaces/shop/pods': [CLIENT],
        '/api/v1/namespaces/kube-system/pods': forbidden('pods in kube-system'),
      }),
      REQUEST,
    );
    expect(facts.pods?.map(({ name }) => name)).toEqual(['client']);
    expect(facts.partial).toEqual({ pods: ['shop'] });
    expect([
      covers(facts, 'pods', 'shop'),
      covers(facts, 'pods', 'kube-system'),
      covers(facts, 'services', 'kube-system'),
    ]).toEqual([true, false, true]);
    expect(facts.unreadable.map(({ what }) => what)).toEqual([
      'pods outside shop',
      'pods in namespace kube-system',
      'AdminNetworkPolicy objects (policy.networking.k8s.io)',
    ]);
    expect(facts.unreadable[0]?.fix).toBe(
      'rules:\n- apiGroups: [""]\n  resources: ["pods"]\n  verbs: ["get", "list"]',
    );
  });

  it('reads at least the traced pod where no list is allowed', async () => {
    const facts = await collectFacts(
      fakeApi({
        ...HEALTHY,
        '/api/v1/pods': forbidden('pods'),
        '/api/v1/namespaces/shop/pods': forbidden('pods'),
        '/api/v1/namespaces/kube-system/pods': forbidden('pods'),
        '/api/v1/namespaces/shop/pods/client': CLIENT,
      }),
      REQUEST,
    );
    expect(facts.pods?.map(({ name }) => name)).toEqual(['client']);
    expect(facts.partial).toEqual({ pods: [] });
  });

  it('is null, never empty, for what fails; and goes on', async () => {
    const broken = new ApiError(0, '', 'connect ECONNREFUSED');
    const facts = await collectFacts(
      fakeApi({
        '/api/v1/services': [KUBE_DNS],
        '/api/v1/nodes': forbidden('nodes'),
        '/apis': broken,
        '/apis/networking.k8s.io/v1/networkpolicies': broken,
      }),
      { targets: REQUEST.targets, resolver: null, resolverProblem: 'the container has no shell' },
    );
    expect(facts).toMatchObject({
      nodes: null,
      pods: null,
      endpointSlices: null,
      namespaces: null,
      networkPolicies: null,
      adminPolicies: null,
      otherPolicyKinds: null,
      events: [],
      serverVersion: '',
    });
    expect(facts.services).toHaveLength(1);
    expect(facts.unreadable.map(({ what }) => what)).toEqual([
      'version of the API server',
      'nodes',
      'pods',
      'endpointslices',
      'namespaces',
      'networkpolicies',
      'API groups (/apis)',
      'deployments in namespace kube-system',
      "the pod's /etc/resolv.conf",
    ]);
    expect(facts.unreadable.at(-1)?.why).toBe('the container has no shell');
  });

  it('does not try namespaces when something else than a right is missing', async () => {
    const api = fakeApi({
      ...HEALTHY,
      '/api/v1/pods': new ApiError(500, 'InternalError', 'etcd is gone'),
      '/api/v1/namespaces/shop/pods': [CLIENT],
    });
    const facts = await collectFacts(api, REQUEST);
    expect(facts.pods).toBeNull();
    expect(facts.unreadable[0]).toEqual({ what: 'pods', why: 'etcd is gone', fix: '' });
    expect(api.asked).not.toContain('/api/v1/namespaces/shop/pods');
  });

  it('counts every kind of a group that cannot be read as not listed', async () => {
    const facts = await collectFacts(
      fakeApi({
        ...HEALTHY,
        '/apis': { groups: [{ name: 'cilium.io', versions: [{ groupVersion: 'cilium.io/v2' }] }] },
        '/apis/cilium.io/v2': forbidden('cilium.io'),
      }),
      REQUEST,
    );
    expect(facts.otherPolicyKinds).toEqual([
      { kind: 'CiliumClusterwideNetworkPolicy', group: 'cilium.io', objects: null },
      { kind: 'CiliumNetworkPolicy', group: 'cilium.io', objects: null },
    ]);
  });

  it('finds the DNS Service of other distributions', async () => {
    const services = [{ ...KUBE_DNS, metadata: meta('openshift-dns', 'dns-default') }];
    const facts = await collectFacts(
      fakeApi({
        ...HEALTHY,
        '/api/v1/services': services,
        '/apis/apps/v1/namespaces/openshift-dns/deployments': [],
        '/apis/apps/v1/namespaces/openshift-dns/daemonsets': [
          {
            metadata: { name: 'dns-default' },
            spec: { template: { metadata: { labels: { 'k8s-app': 'kube-dns' } } } },
            status: { desiredNumberScheduled: 3 },
          },
        ],
      }),
      { ...REQUEST, resolver: null },
    );
    expect(facts.clusterDns).toMatchObject({ workload: 'DaemonSet/dns-default', wantedReplicas: 3 });
  });

  it('survives objects of any shape', async () => {
    const paths = Object.keys(HEALTHY);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.anything({ maxDepth: 4 }), { minLength: paths.length, maxLength: paths.length }),
        fc.json(),
        async (junk, text) => {
          const answers = Object.fromEntries(
            paths.map((path, index) => [
              path,
              path.split('/').length > 3 || path === '/version'
                ? [junk[index], JSON.parse(text)]
                : junk[index],
            ]),
          );
          const facts = await collectFacts(fakeApi(answers), REQUEST);
          expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
        },
      ),
      { numRuns: 100 },
    );
  });
});
