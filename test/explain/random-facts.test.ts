import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Finding, FindingId } from '../../src/detect/finding.ts';
import { explain, explainers } from '../../src/explain/index.ts';
import { isSilence } from '../../src/explain/policies.ts';
import {
  endpoint,
  facts,
  finding,
  group,
  pod,
  policy,
  port as servicePort,
  rejected,
  service,
  slice,
} from './builders.ts';
import {
  anyNodeNetworks,
  FAULTY_NODES,
  NODE_FINDINGS,
  NODE_PODS,
  NODE_SERVICES,
  NODE_SLICES,
  READ_CAUSES,
} from './random-nodes.ts';
import { anyDnsServer, anyRoutes, EDGES, FAULTY_SERVERS, SERVER_FINDINGS } from './random-servers.ts';
const HOSTILE = [
  '',
  'a',
  'shop',
  'payments',
  'paymnets',
  'x; reboot',
  '$(reboot)',
  "it's",
  'a\nkubectl delete namespace shop',
  '\u001b[2Jx',
  '__proto__',
  'ok-name',
  'A_B',
] as const;
const ADDRESSES = [
  '',
  '10.244.1.5',
  '10.244.2.7',
  '10.96.3.4',
  '10.96.0.10',
  '172.30.0.11',
  '10.244.1.1',
  '192.0.2.1',
  'fd00::7',
  'None',
  '999.1.1.1',
] as const;
const IDS: readonly FindingId[] = [
  'tcp-syn-no-answer',
  'dns-no-answer',
  'tcp-rejected-by-icmp',
  'tcp-refused',
  'dns-port-unreachable',
  'dns-nxdomain',
  'reply-from-other-address',
  'arp-no-answer',
];

const name = fc.constantFrom(...HOSTILE);
const address = fc.constantFrom(...ADDRESSES);
const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 3 });
const labels = fc.dictionary(name, name, { maxKeys: 3 });
const protocol = fc.constantFrom('TCP', 'UDP');
const port = fc.constantFrom(0, 53, 80, 8080, 70000);
const nullable = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { freq: 8 });
const bool = fc.boolean();
const trafficPolicy = fc.constantFrom('Cluster', 'Local');
const selector = fc.record({
  matchLabels: labels,
  matchExpressions: few(
    fc.record({ key: name, operator: fc.constantFrom('In', 'NotIn', 'Exists', 'Odd'), values: few(name) }),
  ),
});
const cidr = fc.constantFrom('10.244.1.0/24', '10.244.2.0/24', 'x/y', '::/0', '0.0.0.0/0');
const policyRule = fc.record({
  peers: few(
    fc.record({
      podSelector: nullable(selector),
      namespaceSelector: nullable(selector),
      ipBlock: nullable(fc.record({ cidr, except: few(cidr) })),
    }),
  ),
  ports: few(fc.record({ protocol, port: nullable(fc.oneof(port, name)), endPort: nullable(port) })),
});
const adminRule = fc.record({
  name,
  action: fc.constantFrom('Accept', 'Deny', 'Pass', 'Unknown'),
  peers: few(
    fc.record({
      pods: nullable(fc.record({ namespaceSelector: nullable(selector), podSelector: nullable(selector) })),
      sameLabels: few(name),
      notSameLabels: few(name),
      networks: nullable(few(cidr)),
      nodes: nullable(selector),
      domainNames: nullable(few(name)),
    }),
  ),
  ports: nullable(few(fc.record({ protocol, first: port, last: port, name, known: bool }))),
});

const anyFacts: fc.Arbitrary<Facts> = fc.record({
  factsVersion: fc.constant(1 as const),
  collectedAt: name,
  serverVersion: name,
  apiServer: address,
  targets: few(fc.record({ namespace: name, name })),
  nodes: nullable(
    few(
      fc.record({
        name,
        labels,
        addresses: few(address),
        podCidrs: few(fc.constantFrom('10.244.1.0/24', '10.244.2.0/24', 'x/y', '::/0')),
        ready: bool,
        problems: few(name),
        plugins: few(fc.constantFrom('calico', 'cilium', 'flannel')),
        pluginAddresses: few(address),
      }),
    ),
  ),
  pods: nullable(
    few(
      fc.record({
        namespace: name,
        name,
        labels,
        node: name,
        addresses: few(address),
        phase: fc.constantFrom('Running', 'Failed', 'Pending'),
        ready: bool,
        terminating: bool,
        hostNetwork: bool,
        createdAt: name,
        restarts: fc.nat(9),
        containerPorts: few(fc.record({ name, port, protocol })),
        containerProblems: few(name),
        sidecars: few(name),
        owner: name,
      }),
    ),
  ),
  services: nullable(
    few(
      fc.record({
        namespace: name,
        name,
        type: fc.constantFrom('ClusterIP', 'ExternalName', 'NodePort'),
        clusterIPs: few(address),
        externalIPs: few(address),
        externalName: name,
        selector: nullable(labels),
        ports: few(fc.record({ name, port, protocol, targetPort: fc.oneof(port, name), nodePort: port })),
        publishNotReadyAddresses: bool,
        internalTrafficPolicy: trafficPolicy,
        externalTrafficPolicy: trafficPolicy,
        sessionAffinity: fc.constantFrom('None', 'ClientIP'),
        topologyMode: fc.constantFrom('', 'Auto', 'Disabled'),
      }),
    ),
  ),
  endpointSlices: nullable(
    few(
      fc.record({
        namespace: name,
        name,
        service: name,
        addressType: name,
        ports: few(fc.record({ name, port, protocol })),
        endpoints: few(
          fc.record({
            addresses: few(address),
            ready: bool,
            serving: bool,
            terminating: bool,
            node: name,
            pod: name,
            forZones: few(name),
            forNodes: few(name),
          }),
        ),
        isLock: bool,
      }),
    ),
  ),
  networkPolicies: nullable(
    few(
      fc.record({
        namespace: name,
        name,
        labels,
        podSelector: selector,
        policyTypes: few(fc.constantFrom('Ingress' as const, 'Egress' as const)),
        ingress: few(policyRule),
        egress: few(policyRule),
        whole: bool,
      }),
    ),
  ),
  adminPolicies: nullable(
    few(
      fc.record({
        kind: fc.constantFrom('AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'),
        name,
        labels,
        tier: fc.constantFrom('Admin', 'Baseline'),
        priority: fc.nat(2),
        subject: fc.record({ namespaceSelector: nullable(selector), podSelector: nullable(selector) }),
        ingress: few(adminRule),
        egress: few(adminRule),
        whole: bool,
      }),
    ),
  ),
  namespaces: nullable(few(fc.record({ name, labels }))),
  otherPolicyKinds: nullable(few(fc.record({ kind: name, group: name, objects: nullable(few(name)) }))),
  events: nullable(
    few(
      fc.record({
        namespace: name,
        object: name,
        reason: name,
        message: name,
        lastSeen: name,
        count: fc.nat(9),
      }),
    ),
  ),
  resolver: nullable(
    fc.record({
      nameservers: few(address),
      search: few(fc.constantFrom('shop.svc.cluster.local', 'x', '.svc.')),
      ndots: fc.nat(9),
    }),
  ),
  clusterDns: nullable(
    fc.record({
      service: fc.record({ namespace: name, name }),
      clusterIPs: few(address),
      workload: name,
      wantedReplicas: nullable(fc.nat(2)),
    }),
  ),
  unreadable: few(fc.record({ what: name, why: name, fix: name })),
  nodeNetworks: anyNodeNetworks(name, address),
  dnsServer: anyDnsServer(name),
  routes: anyRoutes(name, address),
});

const anyFinding: fc.Arbitrary<Finding> = fc
  .record({
    id: fc.constantFrom(...IDS),
    to: address,
    port,
    client: address,
    sender: address,
    code: fc.nat(14),
    walk: fc.constantFrom('paymnets', 'a.b', 'paymnets.shop', 'x\ny.shop.svc'),
    answeredBy: few(address),
  })
  .map(({ id, to, port: number, client, sender, code, walk, answeredBy }) =>
    finding(id, `${to}:${number}`, {
      client,
      details: {
        icmp: { sender, type: 3, code, meaning: '' },
        answeredBy,
        walks: [{ name: walk, candidates: [walk], types: ['A'], queries: 1, nxdomain: 1 }],
      },
    }),
  );

/** They weigh the policies themselves. */
const POLICY_CAUSES: ReadonlySet<string> = new Set(['networkpolicy-denies', 'policy-blocks-dns']);
/** A cluster with one fault of each kind, so that random changes to it stay near the explainers' far ends. */
const FAULTY: Facts = facts({
  ...FAULTY_SERVERS,
  services: [
    service('payments', '10.96.3.4'),
    service('near', '10.96.3.5', { selector: { app: 'paymnets' } }),
    service('odd', '10.96.3.6', { ports: [servicePort({ targetPort: 9999 })] }),
    service('late', '10.96.3.7'),
    service('gone', '10.96.3.8', { selector: null }),
    service('local', '10.96.3.9', { internalTrafficPolicy: 'Local' }),
    ...EDGES,
    ...NODE_SERVICES,
  ],
  pods: [
    pod('payments', {
      node: 'node1',
      address: '10.244.1.7',
      labels: { app: 'payments' },
      containerPorts: [{ name: 'web', port: 8080, protocol: 'TCP' }],
    }),
    pod('payments-2', {
      node: 'node2',
      address: '10.244.2.7',
      labels: { app: 'payments' },
      containerPorts: [{ name: 'web', port: 8080, protocol: 'TCP' }],
    }),
    pod('late-1', {
      address: '10.244.2.9',
      labels: { app: 'late' },
      ready: false,
      containerProblems: ['late: CrashLoopBackOff'],
    }),
  ],
    ...NODE_PODS,
  endpointSlices: [
    slice('payments', [endpoint('10.244.1.7', { node: 'node1' }), endpoint('10.244.2.7', { node: 'node2' })]),
    slice('odd', [endpoint('10.244.1.7')], { ports: [{ name: '', port: 9999, protocol: 'TCP' }] }),
    slice('gone', [endpoint('10.244.2.99')]),
    slice('local', [endpoint('10.244.2.7', { node: 'node2' })]),
  ],
    ...NODE_SLICES,
  networkPolicies: [
    policy('closed', { podSelector: { matchLabels: { app: 'payments' }, matchExpressions: [] } }),
    policy('dns', { namespace: 'kube-system' }),
  ],
});
const FAULTY_FINDINGS: readonly Finding[] = [
  ...SERVER_FINDINGS,
  finding('tcp-syn-no-answer', '10.96.3.4:80'),
  ...NODE_FINDINGS,
  finding('dns-no-answer', '10.96.0.10:53'),
  finding('reply-from-other-address', '10.96.3.4:80', { details: { answeredBy: ['10.244.1.7:8080'] } }),
  rejected('10.96.3.5:80'),
  finding('tcp-refused', '10.96.3.6:80'),
  rejected('10.96.3.7:80'),
  finding('tcp-syn-no-answer', '10.96.3.8:80'),
  finding('tcp-syn-no-answer', '10.96.3.9:80'),
  finding('dns-nxdomain', '10.96.0.10:53', {
    details: {
      walks: [
        {
          name: 'paymnets',
          candidates: ['paymnets.shop.svc.cluster.local'],
          types: ['A'],
          queries: 2,
          nxdomain: 2,
        },
      ],
    },
  }),
];

/** The faulty cluster with some of its lists exchanged for random ones, and one of its words for a hostile one. */
const nearlyReal: fc.Arbitrary<Facts> = fc
  .tuple(
    anyFacts,
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 20, maxLength: 20 }),
    fc.constantFrom('payments', 'shop', 'node1', 'node2', 'app', 'web', 'late-1', 'nothing'),
    name,
  )
  .map(([random, picks, word, hostile]) => {
    const mixed = Object.fromEntries(
      Object.entries(FAULTY).map(([key, value], index) => [
        key,
        picks[index] === 0 ? random[key as keyof Facts] : value,
      ]),
    );
    return JSON.parse(
      JSON.stringify(mixed).replaceAll(JSON.stringify(word), JSON.stringify(hostile)),
    ) as Facts;
  });

describe('explain with random facts', () => {
  it('never throws, never fails inside, and keeps its promises, whatever the facts', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.oneof(anyFacts, nearlyReal),
        few(anyFinding),
        few(anyFinding),
        fc.subarray([...FAULTY_FINDINGS]),
        (from, some, others, real) => {
          const findings = [...some, ...real];
          const groups = others.map((one) =>
            group(
              one.server,
              { answered: one.count % 3, silent: 2 },
              { client: one.client, serverAddress: one.server.slice(0, one.server.lastIndexOf(':')) },
            ),
          );
          const explanation = explain(findings, groups, from);
          expect(
            explanation.unknowns.filter(
              ({ why }) => why.includes('failed:') || why.includes('could not be used'),
            ),
          ).toEqual([]);
          for (const cause of explanation.causes) {
            seen.add(cause.id);
            expect(cause.findingIndexes.length).toBeGreaterThan(0);
            expect(cause.evidence.length).toBeGreaterThan(0);
            expect(cause.fix).not.toBe('');
            const limited = cause.findingIndexes.some(
              (index) =>
                isSilence(findings[index] as Finding) &&
                explanation.policySuspects.some(({ findingIndexes }) => findingIndexes.includes(index)),
            );
            const isRead = READ_CAUSES.has(cause.id) && cause.confidence === 'certain';
            if (limited && !isRead && !POLICY_CAUSES.has(cause.id)) expect(cause.confidence).toBe('possible');
            for (const line of [...cause.fix.split('\n'), cause.next])
              if (line.startsWith('kubectl'))
                expect(line).toMatch(/^kubectl (?!delete)[-A-Za-z0-9 ./:=@,_'"{}[\]*]+$/);
          }
        },
      ),
      { numRuns: 1500 },
    );
    // The random facts are close enough to real ones to reach the explainers' far ends.
    expect([...seen].toSorted()).toEqual(explainers.map(({ id }) => id));
  });
});
