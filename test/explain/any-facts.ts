import fc from 'fast-check';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Finding, FindingId } from '../../src/detect/finding.ts';
import { finding } from './builders.ts';
import { anyGonePods, anyLife, anyPodNetworks } from './random-endpoints.ts';
import { anyNodeNetworks } from './random-nodes.ts';
import { anyDnsServer, anyRoutes } from './random-servers.ts';

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

/** A word that may stand where a name of the cluster is expected. */
export const name: fc.Arbitrary<string> = fc.constantFrom(...HOSTILE);
const address = fc.constantFrom(...ADDRESSES);
/** A short list. */
export const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 3 });
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

/** Facts of any shape that the types allow, hostile words among them. */
export const anyFacts: fc.Arbitrary<Facts> = fc.record({
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
        life: anyLife(name),
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
  podNetworks: anyPodNetworks(name, address),
  gonePods: anyGonePods(name, address),
  nodeNetworks: anyNodeNetworks(name, address),
  dnsServer: anyDnsServer(name),
  routes: anyRoutes(name, address),
});

/** A finding between any two addresses. */
export const anyFinding: fc.Arbitrary<Finding> = fc
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
