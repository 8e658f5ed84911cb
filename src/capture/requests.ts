import { stringify } from 'yaml';
import type { KubeApi, Query } from '../kube/kube-api.ts';
import { podPath } from '../target/find-pod.ts';
import type { PodObject } from '../target/pod-object.ts';
import type { NodePodBody } from './node-pod.ts';

/** A request that changes the cluster. */
export interface ChangeRequest {
  readonly method: 'PATCH' | 'POST';
  readonly path: string;
  readonly query: Query;
  readonly contentType: string;
  readonly body: object;
}

const query: Query = { fieldManager: 'kubectl-netdebug' };

/** Adds an ephemeral container to a pod: by a strategic merge patch the list entry is added, the others stay. */
export function addContainerRequest(pod: PodObject, spec: object): ChangeRequest {
  return {
    method: 'PATCH',
    path: `${podPath(pod.metadata.namespace, pod.metadata.name)}/ephemeralcontainers`,
    query,
    contentType: 'application/strategic-merge-patch+json',
    body: { spec: { ephemeralContainers: [spec] } },
  };
}

/** Creates a node debug pod. */
export function createPodRequest(body: NodePodBody): ChangeRequest {
  return {
    method: 'POST',
    path: `/api/v1/namespaces/${body.metadata.namespace}/pods`,
    query,
    contentType: 'application/json',
    body,
  };
}

/** Sends a request; with `dryRun` admission runs and nothing is kept. Throws ApiError. */
export async function sendChange<T>(api: KubeApi, request: ChangeRequest, dryRun?: 'All'): Promise<T> {
  const asked = { ...request.query, ...(dryRun === undefined ? {} : { dryRun }) };
  return request.method === 'PATCH'
    ? await api.patch<T>(request.path, request.body, asked)
    : await api.create<T>(request.path, request.body, asked);
}

/** The requests as a document: a list, empty if nothing would be sent. */
export function requestsText(requests: readonly ChangeRequest[], format: 'yaml' | 'json'): string {
  const shown = requests.map(({ method, path, query: parameters, contentType, body }) => ({
    method,
    path: `${path}?${new URLSearchParams(parameters).toString()}`,
    contentType,
    body,
  }));
  // No anchors: equal parts are written out, for people who paste them.
  return format === 'json'
    ? `${JSON.stringify(shown, null, 2)}\n`
    : stringify(shown, { aliasDuplicateObjects: false, lineWidth: 0 });
}
