import type { KubeApi } from '../kube/kube-api.ts';
import { addressKey } from './address.ts';
import type { ClusterDnsFacts, ResolverFacts, ServiceFacts, Unreadable } from './facts.ts';
import { selectorMatches } from './labels.ts';
import { asList, asNumber, asObject, asText, asTextMap } from './raw.ts';
import { isForbidden, roleRule, wordsOf } from './read-list.ts';

/** Where distributions put the DNS Service, in order of preference. */
const USUAL_SERVICES: readonly string[] = [
  'kube-system/kube-dns',
  'kube-system/coredns',
  'kube-system/rke2-coredns-rke2-coredns',
  'openshift-dns/dns-default',
];

/** The Service in front of the cluster's DNS: the one at the pod's nameserver, else one of the usual names. */
export function findDnsService(
  services: readonly ServiceFacts[],
  resolver: ResolverFacts | null,
): ServiceFacts | null {
  const nameservers = new Set((resolver?.nameservers ?? []).map(addressKey).filter((key) => key !== ''));
  const asked = services.find(
    (service) =>
      service.ports.some((port) => port.port === 53) &&
      service.clusterIPs.some((address) => nameservers.has(addressKey(address))),
  );
  if (asked !== undefined) return asked;
  for (const name of USUAL_SERVICES) {
    const usual = services.find((service) => `${service.namespace}/${service.name}` === name);
    if (usual !== undefined) return usual;
  }
  return null;
}

/** What reading the workload gave. */
export interface ClusterDnsRead {
  readonly clusterDns: ClusterDnsFacts | null;
  /** Names of the ConfigMaps that its pods mount, in the Service's namespace. */
  readonly configMaps: readonly string[];
  readonly unreadable: readonly Unreadable[];
}

/** Reads the workload behind the DNS Service. Never throws. */
export async function readClusterDns(
  api: KubeApi,
  services: readonly ServiceFacts[] | null,
  resolver: ResolverFacts | null,
): Promise<ClusterDnsRead> {
  const service = findDnsService(services ?? [], resolver);
  if (service === null) return { clusterDns: null, configMaps: [], unreadable: [] };
  const name = {
    service: { namespace: service.namespace, name: service.name },
    clusterIPs: service.clusterIPs,
  };
  const unknown: ClusterDnsFacts = { ...name, workload: '', wantedReplicas: null };
  if (service.selector === null) return { clusterDns: unknown, configMaps: [], unreadable: [] };
  for (const [resource, kind] of [
    ['deployments', 'Deployment'],
    ['daemonsets', 'DaemonSet'],
  ] as const) {
    try {
      const raw = await api.list<unknown>(
        `/apis/apps/v1/namespaces/${encodeURIComponent(service.namespace)}/${resource}`,
      );
      const workload = raw.map(asObject).find((object) => selectsTemplate(service.selector ?? {}, object));
      if (workload === undefined) continue;
      const wanted =
        kind === 'Deployment'
          ? asNumber(asObject(workload['spec'])['replicas'], 1)
          : asNumber(asObject(workload['status'])['desiredNumberScheduled']);
      return {
        clusterDns: {
          ...name,
          workload: `${kind}/${asText(asObject(workload['metadata'])['name'])}`,
          wantedReplicas: wanted,
        },
        configMaps: mountedConfigMaps(workload),
        unreadable: [],
      };
    } catch (error) {
      const what = `${resource} in namespace ${service.namespace}`;
      return {
        clusterDns: unknown,
        configMaps: [],
        unreadable: [
          { what, why: wordsOf(error), fix: isForbidden(error) ? roleRule('apps', resource) : '' },
        ],
      };
    }
  }
  return { clusterDns: unknown, configMaps: [], unreadable: [] };
}

function mountedConfigMaps(workload: Readonly<Record<string, unknown>>): string[] {
  const pod = asObject(asObject(asObject(workload['spec'])['template'])['spec']);
  return asList(pod['volumes'])
    .map((volume) => asText(asObject(asObject(volume)['configMap'])['name']))
    .filter((name) => name !== '');
}

function selectsTemplate(
  selector: Readonly<Record<string, string>>,
  workload: Readonly<Record<string, unknown>>,
): boolean {
  const template = asObject(asObject(workload['spec'])['template']);
  return selectorMatches(selector, asTextMap(asObject(template['metadata'])['labels']));
}
