import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Target } from './parse-target.ts';
import type { ObjectMeta } from './pod-object.ts';
import { collectionPath, namesOf } from './target-kinds.ts';

const maxCandidates = 10;

interface Named {
  readonly metadata: ObjectMeta;
}

/**
 * Reads the object that the target names. If there is none, the error offers those whose names begin
 * alike. Throws {@link UserError}, or ApiError for anything but "not found" and "forbidden".
 */
export async function findObject<T>(api: KubeApi, target: Target): Promise<T> {
  try {
    return await api.get<T>(
      `${collectionPath(target.kind, target.namespace)}/${encodeURIComponent(target.name)}`,
    );
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) throw await notFound(api, target, error);
    if (error.status === 403) throw forbidden(target, error);
    throw error;
  }
}

/** "Pod shop/checkout", "Node worker-1". */
export function describeTarget({ kind, namespace, name }: Target): string {
  return `${namesOf(kind).apiKind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

/** " -n shop", and nothing for what is in no namespace. */
export function inNamespace({ namespace }: Pick<Target, 'namespace'>): string {
  return namespace === '' ? '' : ` -n ${namespace}`;
}

async function notFound(api: KubeApi, target: Target, cause: ApiError): Promise<UserError> {
  const { resource, short } = namesOf(target.kind);
  const what = `${describeTarget(target)} does not exist`;
  const names = await namesIn(api, target);
  if (names === undefined)
    return new UserError(
      what,
      cause.message,
      `List them with: kubectl get ${resource}${inNamespace(target)}`,
      {
        cause,
      },
    );
  const candidates = names.filter((name) => name.startsWith(target.name)).slice(0, maxCandidates);
  if (candidates.length > 0) {
    const commands = candidates.map(
      (name) => `  kubectl netdebug trace ${short}/${name}${inNamespace(target)}`,
    );
    return new UserError(
      what,
      `no ${short} has exactly this name; some begin with it`,
      `Name one of these:\n${commands.join('\n')}`,
      { cause },
    );
  }
  return new UserError(what, await whyNone(api, target, names.length), await whereElse(api, target), {
    cause,
  });
}

async function whyNone(api: KubeApi, { kind, namespace }: Target, count: number): Promise<string> {
  const { resource } = namesOf(kind);
  if (count > 0 || namespace === '')
    return `none of the ${count} ${resource}${namespace === '' ? '' : ` of namespace ${namespace}`} begins with it`;
  try {
    await api.get(`/api/v1/namespaces/${namespace}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return `namespace ${namespace} does not exist`;
  }
  return `namespace ${namespace} has no ${resource}`;
}

/** Names the namespaces that have an object of this name, as far as this user may know. */
async function whereElse(api: KubeApi, target: Target): Promise<string> {
  const { resource, short } = namesOf(target.kind);
  if (target.namespace === '') return `List them with: kubectl get ${resource}`;
  try {
    const found = await api.list<Named>(
      collectionPath(target.kind, ''),
      { fieldSelector: `metadata.name=${target.name}` },
      maxCandidates,
    );
    const commands = found.map(
      ({ metadata }) => `  kubectl netdebug trace ${short}/${target.name} -n ${metadata.namespace}`,
    );
    if (commands.length > 0) return `Another namespace has a ${short} of this name:\n${commands.join('\n')}`;
  } catch (error) {
    // Many users may not list the objects of all namespaces.
    if (!(error instanceof ApiError)) throw error;
  }
  return `List those of all namespaces with: kubectl get ${resource} -A; then give -n NAMESPACE.`;
}

/** Names of the kind's objects; undefined if this user may not list them, or the kind does not exist. */
async function namesIn(api: KubeApi, { kind, namespace }: Target): Promise<string[] | undefined> {
  try {
    const found = await api.list<Named>(collectionPath(kind, namespace));
    return found.map(({ metadata }) => metadata.name);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function forbidden(target: Target, cause: ApiError): UserError {
  const { resource } = namesOf(target.kind);
  const where = target.namespace === '' ? '' : ` in namespace ${target.namespace}`;
  return new UserError(
    `${describeTarget(target)} cannot be read`,
    cause.message,
    `Ask for the right "get" on ${resource}${where}; check with: kubectl auth can-i get ${resource}${inNamespace(target)}`,
    { cause },
  );
}
