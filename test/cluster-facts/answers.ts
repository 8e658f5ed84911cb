import { type Answers, forbidden } from './fake-api.ts';

/** Metadata of an API object. */
export const meta = (namespace: string, name: string, labels: object = {}): object => ({
  namespace,
  name,
  labels,
  creationTimestamp: '2026-11-21T09:00:00Z',
});
/** The traced pod as the API has it. */
export const CLIENT: object = {
  metadata: meta('shop', 'client', { app: 'client' }),
  spec: { nodeName: 'node1', containers: [{ name: 'app' }] },
  status: {
    phase: 'Running',
    podIP: '10.244.1.5',
    podIPs: [{ ip: '10.244.1.5' }],
    conditions: [{ type: 'Ready', status: 'True' }],
  },
};
const PAYMENTS = {
  metadata: {
    ...meta('back', 'payments-1', { app: 'payments' }),
    ownerReferences: [{ kind: 'ReplicaSet', name: 'payments-66', controller: true }],
  },
  spec: {
    nodeName: 'node2',
    containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8080 }] }, { name: 'istio-proxy' }],
    initContainers: [
      { name: 'linkerd-proxy', restartPolicy: 'Always', ports: [{ containerPort: 4143, protocol: 'TCP' }] },
      { name: 'once', ports: [{ containerPort: 1 }] },
    ],
  },
  status: {
    phase: 'Running',
    podIP: '10.244.2.7',
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [{ name: 'app', restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  },
};
/** The DNS Service. */
export const KUBE_DNS: object = {
  metadata: meta('kube-system', 'kube-dns'),
  spec: {
    clusterIPs: ['10.96.0.10'],
    selector: { 'k8s-app': 'kube-dns' },
    ports: [{ name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }],
  },
};
const SERVICE = {
  metadata: meta('back', 'payments'),
  spec: {
    type: 'LoadBalancer',
    clusterIP: '10.96.3.4',
    selector: { app: 'payments' },
    ports: [{ port: 80, targetPort: 'http', nodePort: 30080 }, { port: 81 }],
  },
  status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }, { hostname: 'x' }] } },
};
const SLICE = {
  metadata: meta('back', 'payments-x', { 'kubernetes.io/service-name': 'payments' }),
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: [
    {
      addresses: ['10.244.2.7'],
      conditions: { ready: false },
      nodeName: 'node2',
      targetRef: { kind: 'Pod', name: 'payments-1' },
    },
    { addresses: ['10.244.1.9'], conditions: {} },
  ],
};

/** A whole API server's answers, some of them forbidden. */
export const HEALTHY: Answers = {
  '/version': { gitVersion: 'v1.34.4' },
  '/api/v1/nodes': [
    {
      metadata: { name: 'node2' },
      spec: { podCIDR: '10.244.2.0/24' },
      status: {
        addresses: [
          { type: 'InternalIP', address: '172.30.0.12' },
          { type: 'Hostname', address: 'node2' },
        ],
        conditions: [
          { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' },
          { type: 'NetworkUnavailable', status: 'True' },
        ],
      },
    },
    {
      metadata: { name: 'node1' },
      spec: { podCIDRs: ['10.244.1.0/24'] },
      status: {
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'MemoryPressure', status: 'False' },
        ],
      },
    },
  ],
  '/api/v1/namespaces': [{ metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } } }],
  '/api/v1/pods': [CLIENT, PAYMENTS],
  '/api/v1/services': [KUBE_DNS, SERVICE],
  '/apis/discovery.k8s.io/v1/endpointslices': [SLICE],
  '/apis/networking.k8s.io/v1/networkpolicies': [
    { metadata: meta('shop', 'b'), spec: { podSelector: {}, egress: [] } },
    { metadata: meta('shop', 'a'), spec: { podSelector: { matchLabels: { app: 'x' } }, egress: [{}] } },
  ],
  '/apis': {
    groups: [
      { name: 'apps', versions: [{ groupVersion: 'apps/v1' }] },
      {
        name: 'policy.networking.k8s.io',
        versions: [
          { groupVersion: 'policy.networking.k8s.io/v1alpha2' },
          { groupVersion: 'policy.networking.k8s.io/v1alpha1' },
        ],
      },
      { name: 'projectcalico.org', versions: [{ groupVersion: 'projectcalico.org/v3' }] },
    ],
  },
  '/apis/policy.networking.k8s.io/v1alpha2': {
    resources: [
      { name: 'clusternetworkpolicies', kind: 'ClusterNetworkPolicy' },
      { name: 'clusternetworkpolicies/status', kind: 'ClusterNetworkPolicy' },
    ],
  },
  '/apis/policy.networking.k8s.io/v1alpha1': {
    resources: [
      { name: 'adminnetworkpolicies', kind: 'AdminNetworkPolicy' },
      { name: 'clusternetworkpolicies', kind: 'ClusterNetworkPolicy' },
    ],
  },
  '/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies': [{ metadata: { name: 'deny' } }],
  '/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies': forbidden('adminnetworkpolicies'),
  '/apis/projectcalico.org/v3': {
    resources: [
      { name: 'networkpolicies', kind: 'NetworkPolicy' },
      { name: 'tiers', kind: 'Tier' },
    ],
  },
  '/apis/projectcalico.org/v3/networkpolicies': [
    { metadata: meta('shop', 'knp.default.a') },
    { metadata: meta('shop', 'own') },
  ],
  '/api/v1/namespaces/back/events': [
    {
      metadata: { namespace: 'back' },
      involvedObject: { kind: 'Pod', name: 'payments-1' },
      reason: 'Unhealthy',
      message: 'Readiness probe failed: 503',
      lastTimestamp: '2026-11-21T10:01:00Z',
      count: 4,
    },
    {
      metadata: { namespace: 'back' },
      involvedObject: { kind: 'Pod', name: 'payments-1' },
      reason: 'BackOff',
      message: 'newer',
      eventTime: '2026-11-21T10:02:00Z',
      series: { count: 7, lastObservedTime: '2026-11-21T10:03:00Z' },
    },
    {
      metadata: { namespace: 'back' },
      involvedObject: { kind: 'Pod', name: 'other' },
      reason: 'Unhealthy',
      message: 'of nobody',
      lastTimestamp: '2026-11-21T10:04:00Z',
    },
  ],
  '/apis/apps/v1/namespaces/kube-system/deployments': [
    {
      metadata: meta('kube-system', 'coredns'),
      spec: { replicas: 0, template: { metadata: { labels: { 'k8s-app': 'kube-dns', x: 'y' } } } },
    },
  ],
};
