import type { Answer } from './recording.ts';
import type { ResourcePath } from './resource-path.ts';
import { fullResource } from './objects.ts';
import { failure, noSuchPath, type Reply } from './status.ts';

/** True for what the user may not do. */
export type Denies = (verb: string, path: ResourcePath) => boolean;

const USER = 'system:serviceaccount:default:demo';
const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PATCH: 'patch',
  PUT: 'update',
  DELETE: 'delete',
};

/** The verb by which an API server authorises a request. */
export function verbOf(method: string, path: ResourcePath): string {
  if (method === 'GET' || method === 'HEAD') return path.name === '' ? 'list' : 'get';
  return VERBS[method] ?? method.toLowerCase();
}

/** 403 in the words of RBAC. */
export function forbidden(verb: string, path: ResourcePath): Reply {
  const resource = path.subresource === '' ? path.resource : `${path.resource}/${path.subresource}`;
  const scope = path.namespace === '' ? 'at the cluster scope' : `in the namespace "${path.namespace}"`;
  const object = path.name === '' ? fullResource(path) : `${fullResource(path)} "${path.name}"`;
  return failure(
    403,
    'Forbidden',
    `${object} is forbidden: User "${USER}" cannot ${verb} resource "${resource}" in API group "${path.group}" ${scope}`,
    { name: path.name, group: path.group, kind: path.resource },
  );
}

/** Answers a SelfSubjectAccessReview; SelfSubjectRulesReview and others are not served. */
export function reviewAccess(path: ResourcePath, body: Answer, denies: Denies = (): boolean => false): Reply {
  if (path.resource !== 'selfsubjectaccessreviews') return noSuchPath();
  const spec = (body['spec'] ?? {}) as Answer;
  const asked = (spec['resourceAttributes'] ?? {}) as Readonly<Record<string, string>>;
  const { verb = '', group = '', namespace = '', resource = '', name = '', subresource = '' } = asked;
  const allowed = !denies(verb, { groupVersion: '', group, namespace, resource, name, subresource });
  return {
    code: 201,
    body: {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec,
      status: { allowed },
    },
  };
}
