import type { ObjectStore } from './objects.ts';
import { podSecurityViolations } from './pod-security.ts';
import type { Answer } from './recording.ts';
import type { ResourcePath } from './resource-path.ts';
import { failure, notFound, ok, type Reply } from './status.ts';

const PATCH_TYPE = 'application/strategic-merge-patch+json';
const LEVEL_LABEL = 'pod-security.kubernetes.io/enforce';

/** The state of a debug container after it was added; null: the kubelet has not reported one yet. */
export type ContainerState = Answer | null;

/**
 * PATCH of `pods/ephemeralcontainers` as an API server does it: merge by name, Pod Security by the
 * namespace's label, nothing kept with `dryRun=All`. `startState` is what the kubelet then reports.
 */
export function patchEphemeralContainers(
  store: ObjectStore,
  path: ResourcePath,
  request: { readonly contentType: string; readonly dryRun: boolean; readonly body: Answer },
  startState: ContainerState,
): Reply {
  const podPath = { ...path, subresource: '' };
  const pod = store.object(podPath);
  if (!pod) return notFound('pods', path.name);
  if (request.contentType !== PATCH_TYPE)
    return failure(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPE}`,
    );
  const added = containersOf(request.body);
  const refused = refuse(store, path, pod, added);
  if (refused) return refused;
  const patched = withContainers(pod, [...containersOf(pod), ...added], added, startState);
  if (!request.dryRun) store.replace(podPath, patched);
  return ok({ kind: 'Pod', apiVersion: 'v1', ...patched });
}

function containersOf(
  pod: Answer,
  field: 'containers' | 'ephemeralContainers' = 'ephemeralContainers',
): Answer[] {
  const list = (pod['spec'] as Answer | undefined)?.[field];
  return Array.isArray(list) ? (list as Answer[]) : [];
}

function refuse(
  store: ObjectStore,
  path: ResourcePath,
  pod: Answer,
  added: readonly Answer[],
): Reply | undefined {
  const existing = containersOf(pod);
  const known = existing.find((one) => added.some((container) => container['name'] === one['name']));
  const invalid = added.find(
    (container) =>
      !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(String(container['name'])) || !container['image'],
  );
  if (known !== undefined || invalid !== undefined) {
    const why = known
      ? 'Forbidden: existing ephemeral containers may not be changed'
      : 'Invalid value: name and image are required';
    return failure(422, 'Invalid', `Pod "${path.name}" is invalid: spec.ephemeralContainers: ${why}`, {
      name: path.name,
      kind: 'Pod',
    });
  }
  const namespace = store.object({
    ...path,
    namespace: '',
    resource: 'namespaces',
    name: path.namespace,
    subresource: '',
  });
  const labels = (namespace?.['metadata'] as Answer | undefined)?.['labels'] as
    | Record<string, string>
    | undefined;
  const level = labels?.[LEVEL_LABEL] ?? 'privileged';
  // Admission judges the whole pod again, not only what is new.
  const violations = podSecurityViolations(level, [
    ...containersOf(pod, 'containers'),
    ...existing,
    ...added,
  ]);
  if (violations === '') return undefined;
  return failure(
    403,
    'Forbidden',
    `pods "${path.name}" is forbidden: violates PodSecurity "${level}:latest": ${violations}`,
    { name: path.name, kind: 'pods' },
  );
}

function withContainers(
  pod: Answer,
  containers: readonly Answer[],
  added: readonly Answer[],
  startState: ContainerState,
): Answer {
  const status = (pod['status'] ?? {}) as Answer;
  const before = Array.isArray(status['ephemeralContainerStatuses'])
    ? (status['ephemeralContainerStatuses'] as Answer[])
    : [];
  const reported = startState === null ? [] : added.map((container) => statusOf(container, startState));
  return {
    ...pod,
    spec: { ...(pod['spec'] as Answer), ephemeralContainers: containers },
    status: { ...status, ephemeralContainerStatuses: [...before, ...reported] },
  };
}

function statusOf(container: Answer, state: Answer): Answer {
  return {
    name: container['name'],
    image: container['image'],
    imageID: '',
    ready: false,
    restartCount: 0,
    lastState: {},
    state,
  };
}
