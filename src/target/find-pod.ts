import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Target } from './parse-target.ts';
import type { PodObject } from './pod-object.ts';

const maxCandidates = 10;

/**
 * Reads the pod that the target names. If there is none, the error offers the pods whose names
 * begin alike. Throws {@link UserError}, or ApiError for anything but "not found" and "forbidden".
 */
export async function findPod(api: KubeApi, target: Target): Promise<PodObject> {
  try {
    return await api.get<PodObject>(podPath(target.namespace, target.name));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) throw await notFound(api, target, error);
    if (error.status === 403) throw forbidden(target, error);
    throw error;
  }
}

/** API path of a pod. */
export function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

async function notFound(api: KubeApi, target: Target, cause: ApiError): Promise<UserError> {
  const what = `Pod ${target.namespace}/${target.name} does not exist`;
  const names = await podNames(api, target.namespace);
  if (names === undefined)
    return new UserError(what, cause.message, `List the pods with: kubectl get pods -n ${target.namespace}`, {
      cause,
    });
  const candidates = names.filter((name) => name.startsWith(target.name)).slice(0, maxCandidates);
  if (candidates.length > 0) {
    const commands = candidates.map((name) => `  kubectl netdebug trace pod/${name} -n ${target.namespace}`);
    return new UserError(
      what,
      'no pod has exactly this name; some begin with it',
      `Name one of these:\n${commands.join('\n')}`,
      { cause },
    );
  }
  return new UserError(
    what,
    await whyNone(api, target.namespace, names.length),
    await whereElse(api, target.name),
    { cause },
  );
}

async function whyNone(api: KubeApi, namespace: string, pods: number): Promise<string> {
  if (pods > 0) return `none of the ${pods} pods of namespace ${namespace} begins with it`;
  try {
    await api.get(`/api/v1/namespaces/${namespace}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return `namespace ${namespace} does not exist`;
  }
  return `namespace ${namespace} has no pods`;
}

/** Names the namespaces that have a pod of this name, as far as this user may know. */
async function whereElse(api: KubeApi, name: string): Promise<string> {
  try {
    const pods = await api.list<PodObject>(
      '/api/v1/pods',
      { fieldSelector: `metadata.name=${name}` },
      maxCandidates,
    );
    const commands = pods.map(
      ({ metadata }) => `  kubectl netdebug trace pod/${name} -n ${metadata.namespace}`,
    );
    if (commands.length > 0) return `Another namespace has a pod of this name:\n${commands.join('\n')}`;
  } catch (error) {
    // Many users may not list the pods of all namespaces.
    if (!(error instanceof ApiError)) throw error;
  }
  return 'List the pods of all namespaces with: kubectl get pods -A; then give -n NAMESPACE.';
}

/** Names of the namespace's pods; undefined if this user may not list them. */
async function podNames(api: KubeApi, namespace: string): Promise<string[] | undefined> {
  try {
    const pods = await api.list<PodObject>(`/api/v1/namespaces/${namespace}/pods`);
    return pods.map((pod) => pod.metadata.name);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function forbidden(target: Target, cause: ApiError): UserError {
  return new UserError(
    `Pod ${target.namespace}/${target.name} cannot be read`,
    cause.message,
    `Ask for the right "get" on pods in namespace ${target.namespace}; check with: kubectl auth can-i get pods -n ${target.namespace}`,
    { cause },
  );
}
