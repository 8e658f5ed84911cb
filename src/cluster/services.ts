import type { KubeApi } from '../kube/kube-api.ts';
import type { ServiceFacts, ServicePortFacts } from './facts.ts';
import { asList, asNumber, asObject, asText, asTextMap, asTexts, compareObjects } from './raw.ts';
import { valueOf } from './labels.ts';
import { readList, type ListRead } from './read-list.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Reads the Services. Never throws. */
export async function readServices(
  api: KubeApi,
  namespaces: readonly string[],
): Promise<ListRead<ServiceFacts>> {
  const read = await readList(
    api,
    { base: '/api/v1', resource: 'services', factList: 'services' },
    namespaces,
    toServiceFacts,
  );
  return { ...read, items: read.items?.toSorted(compareObjects) ?? null };
}

/** Reduces a Service of the API. */
export function toServiceFacts(raw: unknown): ServiceFacts {
  const service = asObject(raw);
  const metadata = asObject(service['metadata']);
  const spec = asObject(service['spec']);
  const clusterIPs = asTexts(spec['clusterIPs']);
  const single = asText(spec['clusterIP']);
  const selector = asTextMap(spec['selector']);
  return {
    namespace: asText(metadata['namespace']),
    name: asText(metadata['name']),
    type: asText(spec['type']) || 'ClusterIP',
    clusterIPs: clusterIPs.length > 0 || single === '' ? clusterIPs : [single],
    externalIPs: [...asTexts(spec['externalIPs']), ...loadBalancerAddresses(asObject(service['status']))],
    externalName: asText(spec['externalName']),
    // A Service with an empty selector is one without selector (Kubernetes Service API).
    selector: Object.keys(selector).length > 0 ? selector : null,
    ports: asList(spec['ports']).map(asObject).map(toPort),
    publishNotReadyAddresses: spec['publishNotReadyAddresses'] === true,
    internalTrafficPolicy: asText(spec['internalTrafficPolicy']) || 'Cluster',
    externalTrafficPolicy: asText(spec['externalTrafficPolicy']) || 'Cluster',
    sessionAffinity: asText(spec['sessionAffinity']) || 'None',
    topologyMode: topologyModeOf(asTextMap(metadata['annotations'])),
    ...(asText(spec['type']) === 'LoadBalancer' && ingressesOf(asObject(service['status'])).length === 0
      ? { isAwaitingLoadBalancer: true }
      : {}),
  };
}

/** The second is the name before 1.27, which kube-proxy read as well. */
function topologyModeOf(annotations: Readonly<Record<string, string>>): string {
  return (
    valueOf(annotations, 'service.kubernetes.io/topology-mode') ??
    valueOf(annotations, 'service.kubernetes.io/topology-aware-hints') ??
    ''
  );
}

function toPort(port: Raw): ServicePortFacts {
  const target = port['targetPort'];
  return {
    name: asText(port['name']),
    port: asNumber(port['port']),
    protocol: asText(port['protocol']) || 'TCP',
    // targetPort defaults to the port itself (Kubernetes Service API).
    targetPort:
      typeof target === 'string' && target !== ''
        ? asText(target)
        : asNumber(target) || asNumber(port['port']),
    nodePort: asNumber(port['nodePort']),
  };
}

function ingressesOf(status: Raw): Raw[] {
  return asList(asObject(status['loadBalancer'])['ingress']).map(asObject);
}

/** Load balancers with a host name instead of an address are none of them. */
function loadBalancerAddresses(status: Raw): string[] {
  return ingressesOf(status)
    .map((ingress) => asText(ingress['ip']))
    .filter((address) => address !== '');
}
