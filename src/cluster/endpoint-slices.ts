import type { KubeApi } from '../kube/kube-api.ts';
import type { EndpointFacts, EndpointSliceFacts } from './facts.ts';
import {
  asList,
  asNumber,
  asObject,
  asText,
  asTextMap,
  asTexts,
  compareObjects,
  compareText,
} from './raw.ts';
import { readList, type ListRead } from './read-list.ts';
import { valueOf } from './labels.ts';

/** Reads the EndpointSlices. Never throws. */
export async function readEndpointSlices(
  api: KubeApi,
  namespaces: readonly string[],
): Promise<ListRead<EndpointSliceFacts>> {
  const read = await readList(
    api,
    { base: '/apis/discovery.k8s.io/v1', resource: 'endpointslices', factList: 'endpointSlices' },
    namespaces,
    toEndpointSliceFacts,
  );
  return { ...read, items: read.items?.toSorted(compareObjects) ?? null };
}

/** Reduces an EndpointSlice of the API. */
export function toEndpointSliceFacts(raw: unknown): EndpointSliceFacts {
  const slice = asObject(raw);
  const metadata = asObject(slice['metadata']);
  return {
    namespace: asText(metadata['namespace']),
    name: asText(metadata['name']),
    service: valueOf(asTextMap(metadata['labels']), 'kubernetes.io/service-name') ?? '',
    addressType: asText(slice['addressType']),
    ports: asList(slice['ports'])
      .map(asObject)
      .map((port) => ({
        name: asText(port['name']),
        port: asNumber(port['port']),
        protocol: asText(port['protocol']) || 'TCP',
      })),
    endpoints: asList(slice['endpoints'])
      .map(toEndpoint)
      .toSorted((a, b) => compareText(a.addresses[0] ?? '', b.addresses[0] ?? '')),
    isLock:
      valueOf(asTextMap(metadata['annotations']), 'control-plane.alpha.kubernetes.io/leader') !== undefined,
  };
}

/** Conditions left out: ready and serving count as true, terminating as false (Kubernetes EndpointConditions). */
function toEndpoint(raw: unknown): EndpointFacts {
  const endpoint = asObject(raw);
  const conditions = asObject(endpoint['conditions']);
  const target = asObject(endpoint['targetRef']);
  const hints = asObject(endpoint['hints']);
  const ready = conditions['ready'] !== false;
  return {
    addresses: asTexts(endpoint['addresses']),
    ready,
    serving: typeof conditions['serving'] === 'boolean' ? conditions['serving'] : ready,
    terminating: conditions['terminating'] === true,
    node: asText(endpoint['nodeName']),
    pod: target['kind'] === 'Pod' ? asText(target['name']) : '',
    forZones: namesOf(hints['forZones']),
    forNodes: namesOf(hints['forNodes']),
  };
}

function namesOf(hints: unknown): string[] {
  return asList(hints)
    .map((hint) => asText(asObject(hint)['name']))
    .filter((name) => name !== '');
}
