import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';

/** A right on pods, as an RBAC rule words it. */
export interface Right {
  /** "pods" or "pods/SUBRESOURCE". */
  readonly resource: string;
  readonly verb: string;
}

/** What a capture needs in any case. The WebSocket exec is a GET; from 1.35 the server asks for create as well. */
export const captureRights: readonly Right[] = [
  { resource: 'pods', verb: 'get' },
  { resource: 'pods/exec', verb: 'get' },
  { resource: 'pods/exec', verb: 'create' },
];

/** What adding a debug container needs. */
export const addContainerRight: Right = { resource: 'pods/ephemeralcontainers', verb: 'patch' };

/** First minor version of 1.x that authorises the WebSocket exec as create too. */
const createEnforcedSince = 35;

/**
 * Checks by SelfSubjectAccessReview what this user may do with one pod. Throws a {@link UserError}
 * whose fix is the missing rule as YAML. A server that does not answer such reviews is not an
 * obstacle: the requests themselves will tell.
 */
export async function checkRights(
  api: KubeApi,
  namespace: string,
  pod: string,
  rights: readonly Right[],
): Promise<void> {
  const answers = await Promise.all(rights.map((right) => isAllowed(api, namespace, pod, right)));
  const missing = rights.filter((_, index) => answers[index] === false);
  const isCreateOnly =
    missing.length === 1 && missing[0]?.resource === 'pods/exec' && missing[0].verb === 'create';
  if (missing.length === 0 || (isCreateOnly && !(await enforcesCreate(api)))) return;
  throw missingRights(namespace, missing);
}

/** The error for rights that are missing in a namespace, with the Role that grants them. */
export function missingRights(namespace: string, missing: readonly Right[], cause?: unknown): UserError {
  const list = missing.map((right) => `"${right.verb}" on ${right.resource}`).join(', ');
  return new UserError(
    `You may not capture in namespace ${namespace}`,
    `your user lacks the right ${list} there`,
    `Ask an administrator for this Role, bound to your user (see: kubectl auth whoami):\n\n${roleYaml(namespace, missing)}`,
    { cause },
  );
}

/** A Role with exactly these rights, one rule for each resource. */
export function roleYaml(namespace: string, rights: readonly Right[]): string {
  const byResource = Map.groupBy(rights, (right) => right.resource);
  const rules = [...byResource].flatMap(([resource, list]) => [
    '- apiGroups: [""]',
    `  resources: ["${resource}"]`,
    `  verbs: [${list.map((right) => `"${right.verb}"`).join(', ')}]`,
  ]);
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: Role',
    'metadata:',
    '  name: netdebug',
    `  namespace: ${namespace}`,
    'rules:',
    ...rules,
  ].join('\n');
}

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

async function isAllowed(
  api: KubeApi,
  namespace: string,
  pod: string,
  right: Right,
): Promise<boolean | undefined> {
  const [resource = '', subresource] = right.resource.split('/');
  const resourceAttributes = {
    namespace,
    verb: right.verb,
    group: '',
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    name: pod,
  };
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  try {
    const review = await api.create<AccessReview>(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body,
    );
    return review.status?.allowed;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

async function enforcesCreate(api: KubeApi): Promise<boolean> {
  try {
    const version = await api.get<{ readonly minor?: string }>('/version');
    return Number.parseInt(version.minor ?? '', 10) >= createEnforcedSince;
  } catch (error) {
    if (error instanceof ApiError) return true;
    throw error;
  }
}
