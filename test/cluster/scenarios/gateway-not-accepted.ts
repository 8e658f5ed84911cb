import type { Cluster } from '../cluster.ts';
import { askPayments, type Scenario } from '../scenario.ts';
import { answeringProxy, asksProxy } from './answering-proxy.ts';

/** As much of the Gateway API's definitions as is used; served by the API server, judged by nobody. */
function definition(plural: string, kind: string): object {
  const group = 'gateway.networking.k8s.io';
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
}

const definitions: readonly object[] = [
  definition('gateways', 'Gateway'),
  definition('httproutes', 'HTTPRoute'),
];

function objects(namespace: string): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: ${namespace} }
spec:
  gatewayClassName: test
  listeners: [{ name: http, port: 80, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: ${namespace} }
spec:
  hostnames: [gate.example]
  parentRefs: [{ name: edge }]
  rules: [{ backendRefs: [{ name: kube-dns, namespace: kube-system, port: 53 }] }]
`;
}

async function writeStatus(cluster: Cluster, namespace: string): Promise<void> {
  const ask = ['get', 'service', 'envoy', '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}'];
  const address = await cluster.kubectl(ask);
  const refused = {
    type: 'ResolvedRefs',
    status: 'False',
    reason: 'RefNotPermitted',
    message: 'Service kube-system/kube-dns is not permitted by any ReferenceGrant',
  };
  const patches: readonly (readonly [string, object])[] = [
    ['gateway/edge', { addresses: [{ type: 'IPAddress', value: address.trim() }] }],
    ['httproute/web', { parents: [{ parentRef: { name: 'edge' }, conditions: [refused] }] }],
  ];
  for (const [object, status] of patches) {
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    await cluster.kubectl(['patch', object, '-n', namespace, ...patch]);
  }
}

/** The route's Service is in another namespace, which admits no references: its requests end in 500. */
export const gatewayNotAccepted: Scenario = {
  name: 'gateway-not-accepted',
  title: 'an HTTPRoute names a Service of another namespace without a ReferenceGrant',
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: answeringProxy('gateway-not-accepted', 'envoy', '500 Internal Server Error'),
  faultOn: async (cluster, namespace) => {
    await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: definitions }));
    await cluster.apply(objects(namespace));
    await writeStatus(cluster, namespace);
  },
  faultOff: async (cluster) => {
    const names = ['gateways', 'httproutes'].map((plural) => `crd/${plural}.gateway.networking.k8s.io`);
    await cluster.kubectl(['delete', '--ignore-not-found', ...names]);
  },
  traffic: `curl -s -m 2 -o /dev/null -H 'Host: gate.example' http://10.96.77.40/cart
curl -s -m 2 -o /dev/null http://payments/
`,
  trafficAfter: askPayments, // Gateway and route are gone then
  symptom: { command: asksProxy('/', 500), exitStatus: 0 },
  target: 'pod/client',
  check: 'http://gate.example/cart',
  checkFlags: ['--via', 'svc/envoy'],
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['http-5xx'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-nxdomain'],
    causes: ['gateway-not-accepted'],
    notCauses: ['service-without-endpoints', 'target-port-mismatch', 'ingress-backend-missing'],
    confidenceAtLeast: 'likely',
  },
};
