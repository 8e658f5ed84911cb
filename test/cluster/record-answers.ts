import type { KubeApi } from '../../src/kube/kube-api.ts';

type Json = Record<string, unknown>;

/** What is read of the cluster; a path that is not served is left out. */
const DOCUMENTS: readonly string[] = ['/version', '/api', '/apis'];
const COLLECTIONS: readonly string[] = [
  '/api/v1/namespaces',
  '/api/v1/pods',
  '/api/v1/services',
  '/api/v1/nodes',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/daemonsets',
  '/apis/apps/v1/replicasets',
  '/apis/apps/v1/statefulsets',
  '/apis/discovery.k8s.io/v1/endpointslices',
  '/apis/networking.k8s.io/v1/networkpolicies',
];
/** Namespaces of other tests are no part of a recording. */
const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const MAX_EVENTS = 40;

/** The API server's answers as api.json holds them: cluster-wide collections and discovery, reduced and sorted. */
export async function readAnswers(api: KubeApi, namespace: string): Promise<string> {
  const kept = [...SYSTEM_NAMESPACES, namespace];
  const answers: Record<string, Json> = {};
  for (const path of DOCUMENTS) answers[path] = await api.get<Json>(path);
  for (const group of groupVersions(answers['/apis'] ?? {}))
    answers[`/apis/${group}`] = await api.get<Json>(`/apis/${group}`);
  for (const path of COLLECTIONS) answers[path] = reduceList(await api.get<Json>(path), kept);
  answers['/api/v1/events'] = await readEvents(api, namespace);
  return `${JSON.stringify(answers)}\n`
    .replaceAll('},{"metadata"', '},\n{"metadata"')
    .replaceAll('},"/', '},\n"/');
}

/** Groups whose resources are asked for: those that are not Kubernetes' own may hold policies. */
function groupVersions(groups: Json): string[] {
  const list = (groups['groups'] ?? []) as { name: string; preferredVersion: { groupVersion: string } }[];
  return list
    .filter(({ name }) => name.includes('.') && !name.endsWith('.k8s.io'))
    .map(({ preferredVersion }) => preferredVersion.groupVersion);
}

async function readEvents(api: KubeApi, namespace: string): Promise<Json> {
  const list = reduceList(await api.get<Json>('/api/v1/events', { fieldSelector: 'type=Warning' }), [
    namespace,
    'kube-system',
  ]);
  const items = (list['items'] as Json[]).filter(
    (event) => !/netdebug-/.test(JSON.stringify(event['involvedObject'])),
  );
  return { ...list, items: items.slice(-MAX_EVENTS) };
}

function reduceList(list: Json, namespaces: readonly string[]): Json {
  const items = ((list['items'] ?? []) as Json[]).filter((item) => {
    const { namespace, name } = item['metadata'] as { namespace?: string; name: string };
    return list['kind'] === 'NamespaceList'
      ? namespaces.includes(name)
      : namespace === undefined || namespaces.includes(namespace);
  });
  return { kind: list['kind'], apiVersion: list['apiVersion'], metadata: {}, items: items.map(reduce) };
}

/** Fields of containers and pods that say nothing about the network. */
const CONTAINER_FIELDS: readonly string[] = [
  'command',
  'args',
  'volumeMounts',
  'terminationMessagePath',
  'terminationMessagePolicy',
];
const POD_FIELDS: readonly string[] = ['ephemeralContainers', 'volumes', 'tolerations'];

/** Without what no reader asks for: bookkeeping, our debug containers, programs, images, and the machine's identity. */
function reduce(item: Json): Json {
  const copy = structuredClone(item) as { metadata: Json; spec?: Json; status?: Json & { nodeInfo?: Json } };
  const annotations = copy.metadata['annotations'] as Json | undefined;
  for (const key of ['managedFields', 'resourceVersion', 'generation', 'selfLink']) delete copy.metadata[key];
  if (annotations) delete annotations['kubectl.kubernetes.io/last-applied-configuration'];
  for (const key of POD_FIELDS) delete copy.spec?.[key];
  dropDeep(copy, CONTAINER_FIELDS);
  if (copy.status) {
    delete copy.status['ephemeralContainerStatuses'];
    delete copy.status['images'];
    for (const key of ['machineID', 'systemUUID', 'bootID']) delete copy.status.nodeInfo?.[key];
  }
  return copy as Json;
}

function dropDeep(value: unknown, fields: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const field of fields) delete (value as Json)[field];
  for (const inner of Object.values(value)) dropDeep(inner, fields);
}
