import type {
  AdminPeerFacts,
  AdminPolicyFacts,
  AdminPortFacts,
  AdminRuleFacts,
  NamespacedPodsFacts,
} from '../cluster/admin-policy-facts.ts';
import type {
  ClusterDnsFacts,
  EndpointFacts,
  EndpointSliceFacts,
  EventFacts,
  FactList,
  Facts,
  LabelSelectorFacts,
  NamespaceFacts,
  NetworkPolicyFacts,
  NodeFacts,
  ObjectName,
  PodFacts,
  PolicyKindFacts,
  PolicyPeerFacts,
  PolicyPortFacts,
  PolicyRuleFacts,
  ResolverFacts,
  ServiceFacts,
  Unreadable,
} from '../cluster/facts.ts';
import { gonePodShape } from './gone-pod-shape.ts';
import { podLifeShape } from './pod-life-shape.ts';
import { podNetworkShape } from './pod-network-shape.ts';
import { dnsServer } from './dns-server-shape.ts';
import { peerAuthentication } from './mesh-shape.ts';
import { routes } from './routes-shape.ts';
import { nodeNetworkShape } from './node-network-shape.ts';
import {
  either,
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  record,
  text,
  type Shape,
} from './shape.ts';

const port = integer(0, 65_535);
const texts = list(text());
const labels = record(text());
const name = { namespace: text(), name: text() };

const namespace: Shape<NamespaceFacts> = object({ name: text(), labels });

const node: Shape<NodeFacts> = object({
  name: text(),
  labels,
  addresses: texts,
  podCidrs: texts,
  ready: flag,
  problems: texts,
  plugins: texts,
  pluginAddresses: texts,
});

const pod: Shape<PodFacts> = object<PodFacts>({
  ...name,
  labels,
  node: text(),
  addresses: texts,
  phase: text(),
  ready: flag,
  terminating: flag,
  hostNetwork: flag,
  dnsPolicy: optional(text()),
  createdAt: text(),
  restarts: integer(),
  containerPorts: list(object({ name: text(), port, protocol: text() })),
  containerProblems: texts,
  sidecars: texts,
  owner: text(),
  life: optional(podLifeShape),
});

const service: Shape<ServiceFacts> = object({
  ...name,
  type: text(),
  clusterIPs: texts,
  externalIPs: texts,
  externalName: text(),
  selector: nullable(labels),
  ports: list(
    object({
      name: text(),
      port,
      protocol: text(),
      targetPort: either<number, string>(port, text()),
      nodePort: port,
    }),
  ),
  publishNotReadyAddresses: flag,
  internalTrafficPolicy: text(),
  externalTrafficPolicy: text(),
  sessionAffinity: text(),
  topologyMode: text(),
  isAwaitingLoadBalancer: optional(oneOf<true>(true)),
});

const endpoint: Shape<EndpointFacts> = object({
  addresses: texts,
  ready: flag,
  serving: flag,
  terminating: flag,
  node: text(),
  pod: text(),
  forZones: texts,
  forNodes: texts,
});

const endpointSlice: Shape<EndpointSliceFacts> = object({
  ...name,
  service: text(),
  addressType: text(),
  ports: list(object({ name: text(), port, protocol: text() })),
  endpoints: list(endpoint),
  isLock: flag,
});

const labelSelector: Shape<LabelSelectorFacts> = object({
  matchLabels: labels,
  matchExpressions: list(object({ key: text(), operator: text(), values: texts })),
});

const policyPort: Shape<PolicyPortFacts> = object({
  protocol: text(),
  port: nullable(either<number, string>(port, text())),
  endPort: nullable(port),
});

const policyPeer: Shape<PolicyPeerFacts> = object({
  podSelector: nullable(labelSelector),
  namespaceSelector: nullable(labelSelector),
  ipBlock: nullable(object({ cidr: text(), except: texts })),
});

const policyRule: Shape<PolicyRuleFacts> = object({ peers: list(policyPeer), ports: list(policyPort) });

const networkPolicy: Shape<NetworkPolicyFacts> = object({
  ...name,
  labels,
  podSelector: labelSelector,
  policyTypes: list(oneOf('Ingress', 'Egress'), 2),
  ingress: list(policyRule),
  egress: list(policyRule),
  whole: flag,
});

const namespacedPods: Shape<NamespacedPodsFacts> = object({
  namespaceSelector: nullable(labelSelector),
  podSelector: nullable(labelSelector),
});

const adminPeer: Shape<AdminPeerFacts> = object({
  pods: nullable(namespacedPods),
  sameLabels: texts,
  notSameLabels: texts,
  networks: nullable(texts),
  nodes: nullable(labelSelector),
  domainNames: nullable(texts),
});

const adminPort: Shape<AdminPortFacts> = object({
  protocol: text(),
  first: port,
  last: port,
  name: text(),
  known: flag,
});

const adminRule: Shape<AdminRuleFacts> = object({
  name: text(),
  action: oneOf('Accept', 'Deny', 'Pass', 'Unknown'),
  peers: list(adminPeer),
  ports: nullable(list(adminPort)),
});

const adminPolicy: Shape<AdminPolicyFacts> = object({
  kind: oneOf('AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'),
  name: text(),
  labels,
  tier: oneOf('Admin', 'Baseline'),
  priority: integer(),
  subject: namespacedPods,
  ingress: list(adminRule),
  egress: list(adminRule),
  whole: flag,
});

const policyKind: Shape<PolicyKindFacts> = object({ kind: text(), group: text(), objects: nullable(texts) });

const event: Shape<EventFacts> = object({
  namespace: text(),
  object: text(),
  reason: text(),
  message: text(),
  lastSeen: text(),
  count: integer(),
});

const resolver: Shape<ResolverFacts> = object({ nameservers: texts, search: texts, ndots: integer(0, 15) });

const clusterDns: Shape<ClusterDnsFacts> = object({
  service: object<ObjectName>(name),
  clusterIPs: texts,
  workload: text(),
  wantedReplicas: nullable(integer()),
});

const unreadable: Shape<Unreadable> = object({ what: text(), why: text(), fix: text() });

const namespaces = optional(texts);

type PartialLists = Partial<Readonly<Record<FactList, readonly string[]>>>;

const partial: Shape<PartialLists> = object<PartialLists>({
  pods: namespaces,
  services: namespaces,
  endpointSlices: namespaces,
  networkPolicies: namespaces,
});

/** The form of facts.json; must follow `cluster/facts.ts` key by key, which the compiler checks. */
export const factsShape: Shape<Facts> = object<Facts>({
  factsVersion: oneOf(1),
  collectedAt: text(),
  serverVersion: text(),
  apiServer: text(),
  targets: list(object<ObjectName>(name)),
  nodes: nullable(list(node)),
  pods: nullable(list(pod)),
  services: nullable(list(service)),
  endpointSlices: nullable(list(endpointSlice)),
  namespaces: nullable(list(namespace)),
  networkPolicies: nullable(list(networkPolicy)),
  adminPolicies: nullable(list(adminPolicy)),
  otherPolicyKinds: nullable(list(policyKind)),
  events: nullable(list(event)),
  resolver: nullable(resolver),
  clusterDns: nullable(clusterDns),
  dnsServer: optional(dnsServer),
  routes: optional(routes),
  nodeNetworks: optional(list(nodeNetworkShape, 100)),
  podNetworks: optional(list(podNetworkShape, 1000)),
  gonePods: optional(list(gonePodShape)),
  peerAuthentications: optional(list(peerAuthentication)),
  unreadable: list(unreadable),
  partial: optional(partial),
});
