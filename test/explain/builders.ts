import type {
  EndpointFacts,
  EndpointSliceFacts,
  Facts,
  NetworkPolicyFacts,
  NodeFacts,
  PodFacts,
  ServiceFacts,
  ServicePortFacts,
} from '../../src/cluster/facts.ts';
import type { AttemptOutcomes, ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding, FindingId } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import type { Cause, CauseId, Explanation } from '../../src/explain/explanation.ts';

/** The pod that is traced in every case: 10.244.1.5 on node1. */
export const CLIENT: PodFacts = pod('client', {
  node: 'node1',
  address: '10.244.1.5',
  labels: { app: 'client' },
});
export const CLIENT_ADDRESS = '10.244.1.5';

export function pod(name: string, part: Partial<PodFacts> & { readonly address?: string } = {}): PodFacts {
  const { address, ...rest } = part;
  return {
    namespace: 'shop',
    name,
    labels: {},
    node: 'node2',
    addresses: address === undefined ? [] : [address],
    phase: 'Running',
    ready: true,
    terminating: false,
    hostNetwork: false,
    createdAt: '2026-11-21T09:00:00Z',
    restarts: 0,
    containerPorts: [],
    containerProblems: [],
    sidecars: [],
    owner: '',
    ...rest,
  };
}

export function node(name: string, octet: number, part: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name,
    labels: {},
    addresses: [`172.30.0.${10 + octet}`],
    podCidrs: [`10.244.${octet}.0/24`],
    ready: true,
    problems: [],
    plugins: [],
    pluginAddresses: [],
    ...part,
  };
}

export function port(part: Partial<ServicePortFacts> = {}): ServicePortFacts {
  return { name: '', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 0, ...part };
}

export function service(name: string, clusterIP: string, part: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    namespace: 'shop',
    name,
    type: 'ClusterIP',
    clusterIPs: [clusterIP],
    externalIPs: [],
    externalName: '',
    selector: { app: name },
    ports: [port()],
    publishNotReadyAddresses: false,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
    topologyMode: '',
    ...part,
  };
}

export function endpoint(address: string, part: Partial<EndpointFacts> = {}): EndpointFacts {
  return {
    addresses: [address],
    ready: true,
    serving: true,
    terminating: false,
    node: '',
    pod: '',
    forZones: [],
    forNodes: [],
    ...part,
  };
}

export function slice(
  of: string,
  endpoints: readonly EndpointFacts[],
  part: Partial<EndpointSliceFacts> = {},
): EndpointSliceFacts {
  return {
    namespace: 'shop',
    name: `${of}-abc12`,
    service: of,
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints,
    isLock: false,
    ...part,
  };
}

export function policy(name: string, part: Partial<NetworkPolicyFacts> = {}): NetworkPolicyFacts {
  return {
    namespace: 'shop',
    name,
    labels: {},
    podSelector: { matchLabels: {}, matchExpressions: [] },
    policyTypes: ['Ingress'],
    ingress: [],
    egress: [],
    whole: true,
    ...part,
  };
}

export const KUBE_DNS: ServiceFacts = service('kube-dns', '10.96.0.10', {
  namespace: 'kube-system',
  selector: { 'k8s-app': 'kube-dns' },
  ports: [
    port({ name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }),
    port({ name: 'dns-tcp', port: 53, targetPort: 53 }),
  ],
});
export const COREDNS: PodFacts = pod('coredns-1', {
  namespace: 'kube-system',
  node: 'node2',
  address: '10.244.2.2',
  labels: { 'k8s-app': 'kube-dns' },
  owner: 'ReplicaSet/coredns-77',
});
export const DNS_SLICE: EndpointSliceFacts = dnsSlice([
  endpoint('10.244.2.2', { node: 'node2', pod: 'coredns-1' }),
]);

export function dnsSlice(endpoints: readonly EndpointFacts[]): EndpointSliceFacts {
  return slice('kube-dns', endpoints, {
    namespace: 'kube-system',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  });
}

/** Facts of a healthy two-node cluster with the client and CoreDNS; lists given here are added to it. */
export function facts(part: Partial<Facts> = {}): Facts {
  return {
    factsVersion: 1,
    collectedAt: '2026-11-21T10:05:00.000Z',
    serverVersion: 'v1.34.4',
    apiServer: '172.30.0.1:6443',
    targets: [{ namespace: 'shop', name: 'client' }],
    namespaces: ['back', 'kube-system', 'shop'].map((name) => ({ name, labels: {} })),
    networkPolicies: [],
    adminPolicies: [],
    otherPolicyKinds: [],
    events: [],
    resolver: {
      nameservers: ['10.96.0.10'],
      search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
    },
    clusterDns: {
      service: { namespace: 'kube-system', name: 'kube-dns' },
      clusterIPs: ['10.96.0.10'],
      workload: 'Deployment/coredns',
      wantedReplicas: 1,
    },
    unreadable: [],
    nodes: [node('node1', 1), node('node2', 2)],
    ...part,
    pods: part.pods === null ? null : [CLIENT, COREDNS, ...(part.pods ?? [])],
    services: part.services === null ? null : [KUBE_DNS, ...(part.services ?? [])],
    endpointSlices: part.endpointSlices === null ? null : [DNS_SLICE, ...(part.endpointSlices ?? [])],
  };
}

export function finding(id: FindingId, server: string, part: Partial<Finding> = {}): Finding {
  return {
    id,
    severity: 'error',
    confidence: 'high',
    capture: 0,
    client: CLIENT_ADDRESS,
    server,
    protocol: id.startsWith('dns') ? 'UDP' : 'TCP',
    count: 12,
    firstSeen: '2026-11-21T10:04:00.000000Z',
    lastSeen: '2026-11-21T10:04:30.000000Z',
    frames: [12, 14, 19],
    text: `${id} at ${server}`,
    details: {},
    ...part,
  };
}

const NO_SEGMENTS = { data: 0, retransmissions: 0, spurious: 0, outOfOrder: 0 };

/** Rejected as kube-proxy does it: ICMP port unreachable from the gateway of the client's node. */
export function rejected(server: string, part: Partial<Finding> = {}): Finding {
  return finding('tcp-rejected-by-icmp', server, {
    details: { icmp: { sender: '10.244.1.1', type: 3, code: 3, meaning: 'port unreachable' } },
    ...part,
  });
}

export function group(
  server: string,
  outcomes: Partial<AttemptOutcomes>,
  part: Partial<ConversationGroup> = {},
): ConversationGroup {
  const all = {
    answered: 0,
    refused: 0,
    rejected: 0,
    silent: 0,
    answeredByOther: 0,
    pending: 0,
    unjudged: 0,
    ...outcomes,
  };
  const conversations = Object.values(all).reduce((sum, one) => sum + one, 0);
  return {
    capture: 0,
    client: CLIENT_ADDRESS,
    server,
    serverAddress: server.slice(0, server.lastIndexOf(':')),
    serverPort: Number(server.slice(server.lastIndexOf(':') + 1)),
    protocol: 'TCP',
    conversations,
    packets: conversations * 4,
    bytes: conversations * 300,
    outcomes: all,
    states: {},
    history: null,
    handshakeMs: null,
    handshakeP95Ms: null,
    dataRoundTripMs: null,
    dataRoundTripP95Ms: null,
    serverMs: null,
    serverP95Ms: null,
    longestServerMs: null,
    longestClientMs: null,
    segments: { fromClient: NO_SEGMENTS, fromServer: NO_SEGMENTS },
    applications: [],
    firstSeen: '2026-11-21T10:04:00.000000Z',
    lastSeen: '2026-11-21T10:04:30.000000Z',
    ...part,
  };
}

/** "id confidence" of every cause, in order of rank. */
export function ranked(explanation: Explanation): string[] {
  return explanation.causes.map(({ id, confidence }) => `${id} ${confidence}`);
}

/** Explains and returns the first cause of an id; fails if there is none. */
export function causeOf(
  id: CauseId,
  findings: readonly Finding[],
  groups: readonly ConversationGroup[],
  from: Facts,
): Cause {
  const explanation = explain(findings, groups, from);
  const cause = explanation.causes.find((one) => one.id === id);
  if (cause === undefined) throw new Error(`no ${id} among ${ranked(explanation).join(', ') || 'no causes'}`);
  return cause;
}
