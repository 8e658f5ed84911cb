import { toAdminPolicyFacts } from '../cluster/admin-policies.ts';
import { toEndpointSliceFacts } from '../cluster/endpoint-slices.ts';
import type { EndpointSliceFacts, FactList, Facts, PodFacts, ServiceFacts } from '../cluster/facts.ts';
import { selectorMatches } from '../cluster/labels.ts';
import { toNamespaceFacts } from '../cluster/namespaces.ts';
import { toNetworkPolicyFacts } from '../cluster/network-policies.ts';
import { toNodeFacts } from '../cluster/nodes.ts';
import { policyKindsOf } from '../cluster/other-policies.ts';
import { toPodFacts } from '../cluster/pods.ts';
import { asObject, asText, compareObjects } from '../cluster/raw.ts';
import { toServiceFacts } from '../cluster/services.ts';
import { standInAddress } from '../cluster/stand-in-address.ts';
import { resolveTargetPort } from '../service/target-port.ts';
import type { ManifestObject, Manifests } from './read-manifests.ts';

const ADMIN_KINDS = ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'] as const;
const LISTS: readonly FactList[] = ['endpointSlices', 'networkPolicies', 'pods', 'services'];
/** Where the pod template of a workload stands. */
const TEMPLATES: ReadonlyMap<string, readonly string[]> = new Map([
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  ['DaemonSet', ['spec', 'template']],
  ['Deployment', ['spec', 'template']],
  ['Job', ['spec', 'template']],
  ['ReplicaSet', ['spec', 'template']],
  ['StatefulSet', ['spec', 'template']],
]);

/**
 * Facts of a cluster that would hold these objects and nothing else. A workload is one pod of its name, which runs and
 * is ready; addresses that the files do not say are stood in for. What could not be read makes the lists partial.
 */
export function manifestFacts({ objects, problems }: Manifests, namespace: string): Facts {
  const of = (kind: string): ManifestObject[] =>
    objects.filter((object) => object['kind'] === kind).map((object) => withNamespace(object, namespace));
  const found = [
    ...of('Pod'),
    ...[...TEMPLATES].flatMap(([kind, path]) => of(kind).map((one) => podOf(one, kind, path))),
  ];
  const pods = found.map((object, index) => running(toPodFacts(object), index)).toSorted(compareObjects);
  const services = of('Service')
    .map((object, index) => withAddress(toServiceFacts(object), index))
    .toSorted(compareObjects);
  return {
    factsVersion: 1,
    collectedAt: '',
    serverVersion: '',
    apiServer: '',
    targets: [],
    nodes: of('Node').map(toNodeFacts),
    pods,
    services,
    endpointSlices: [
      ...of('EndpointSlice').map(toEndpointSliceFacts),
      ...services.flatMap((service) => slicesOf(service, pods)),
    ],
    namespaces: of('Namespace').map(toNamespaceFacts),
    networkPolicies: of('NetworkPolicy')
      .filter(isOfKubernetes)
      .map(toNetworkPolicyFacts)
      .toSorted(compareObjects),
    adminPolicies: ADMIN_KINDS.flatMap((kind) => of(kind).map((raw) => toAdminPolicyFacts(kind, raw))),
    otherPolicyKinds: policyKindsOf(objects),
    events: [],
    resolver: null,
    clusterDns: null,
    unreadable: problems,
    ...(problems.length === 0 ? {} : { partial: Object.fromEntries(LISTS.map((list) => [list, []])) }),
  };
}

/** Calico and Antrea have a kind of the same name. */
function isOfKubernetes({ apiVersion }: ManifestObject): boolean {
  return apiVersion === undefined || asText(apiVersion).startsWith('networking.k8s.io/');
}

function withNamespace(object: ManifestObject, namespace: string): ManifestObject {
  const metadata = asObject(object['metadata']);
  return asText(metadata['namespace']) === '' ? { ...object, metadata: { ...metadata, namespace } } : object;
}

/** The pod that a workload's template describes, as if the workload itself were it. */
function podOf(workload: ManifestObject, kind: string, path: readonly string[]): ManifestObject {
  let template: ManifestObject = workload;
  for (const key of path) template = asObject(template[key]);
  const { namespace, name } = asObject(workload['metadata']);
  return {
    ...template,
    metadata: {
      ...asObject(template['metadata']),
      namespace,
      name,
      ownerReferences: [{ kind, name, controller: true }],
    },
  };
}

function running(pod: PodFacts, index: number): PodFacts {
  const addresses = pod.addresses.length > 0 ? pod.addresses : [standInAddress('pod', index)];
  return { ...pod, addresses, phase: 'Running', ready: true };
}

function withAddress(service: ServiceFacts, index: number): ServiceFacts {
  const isNameless = service.clusterIPs.includes('None') || service.type === 'ExternalName';
  return service.clusterIPs.length > 0 || isNameless
    ? service
    : { ...service, clusterIPs: [standInAddress('service', index)] };
}

/** As the endpoint controller would make them, one for each pod: named ports may differ from pod to pod. */
function slicesOf(service: ServiceFacts, pods: readonly PodFacts[]): EndpointSliceFacts[] {
  const { selector, namespace, name } = service;
  if (selector === null) return [];
  const selected = pods.filter((pod) => pod.namespace === namespace && selectorMatches(selector, pod.labels));
  return selected.map((pod) => ({
    namespace,
    name: `${name}-${pod.name}`,
    service: name,
    addressType: 'IPv4',
    isLock: false,
    ports: service.ports.flatMap((port) => {
      const number = resolveTargetPort(pod, port);
      return number === null ? [] : [{ name: port.name, port: number, protocol: port.protocol }];
    }),
    endpoints: [
      {
        addresses: pod.addresses,
        ready: true,
        serving: true,
        terminating: false,
        node: pod.node,
        pod: pod.name,
        forZones: [],
        forNodes: [],
      },
    ],
  }));
}
