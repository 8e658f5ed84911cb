import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { rightText, roleYaml } from './right.ts';
import type { Right } from './right.ts';

/** First minor version of 1.x that authorises the WebSocket exec as create too. */
const createEnforcedSince = 35;

/**
 * Checks by SelfSubjectAccessReview what this user may do in a namespace (with one object, if `name` is not
 * ""). Throws a {@link UserError} whose fix is the missing rule as YAML. A server that does not answer
 * such reviews is not an obstacle: the requests themselves will tell.
 */
export async function checkRights(
  api: KubeApi,
  namespace: string,
  name: string,
  list: readonly Right[],
): Promise<void> {
  const missing = await findMissing(api, namespace, name, list);
  if (missing.length > 0) throw missingRights(namespace, missing);
}

/** The rights that this user lacks for certain; what the server does not answer is not among them. */
export async function findMissing(
  api: KubeApi,
  namespace: string,
  name: string,
  list: readonly Right[],
): Promise<Right[]> {
  const answers = await Promise.all(list.map((right) => isAllowed(api, namespace, name, right)));
  const missing = list.filter((_, index) => answers[index] === false);
  const isCreateOnly =
    missing.length === 1 && missing[0]?.resource === 'pods/exec' && missing[0].verb === 'create';
  return isCreateOnly && !(await enforcesCreate(api)) ? [] : missing;
}

/** The error for rights that are missing in a namespace, with the Role that grants them. */
export function missingRights(namespace: string, missing: readonly Right[], cause?: unknown): UserError {
  return new UserError(
    `You may not capture in namespace ${namespace}`,
    `your user lacks the right ${missing.map(rightText).join(', ')} there`,
    `Ask an administrator for this Role, bound to your user (see: kubectl auth whoami; all that it takes: kubectl netdebug rbac trace -n ${namespace}):\n\n${roleYaml(namespace, missing)}`,
    { cause },
  );
}

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

/** Whether this user has a right; "" as namespace asks for all of them. undefined: the server does not say. */
export async function isAllowed(
  api: KubeApi,
  namespace: string,
  name: string,
  right: Right,
): Promise<boolean | undefined> {
  const [resource = '', subresource] = right.resource.split('/');
  const resourceAttributes = {
    ...(namespace === '' ? {} : { namespace }),
    verb: right.verb,
    group: right.group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === '' ? {} : { name }),
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
