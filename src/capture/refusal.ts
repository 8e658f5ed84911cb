import { missingRights } from '../access/check-rights.ts';
import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { addContainerRight } from '../access/needs.ts';
import { isFromAdmission, refuserOf } from './refuser.ts';

/** What the server's answer to a dry run of adding our container means. */
export type Verdict =
  | { readonly kind: 'admitted' }
  /** A webhook that takes no dry runs stands in the way: only the real request will tell. */
  | { readonly kind: 'inconclusive' }
  /** Not in this form; a container that asks for less may pass. */
  | { readonly kind: 'refused'; readonly error: ApiError };

/** Label by which a namespace chooses its Pod Security level (Kubernetes docs, "Pod Security Admission"). */
const enforceLabel = 'pod-security.kubernetes.io/enforce';

/** Classifies a failed dry run. Throws {@link UserError} for what no other form of the container would change. */
export function judge(error: unknown, namespace: string, pod: string): Verdict {
  if (!(error instanceof ApiError)) throw error;
  if (/does not support dry.?run/i.test(error.message)) return { kind: 'inconclusive' };
  if (error.status === 403 && /cannot patch resource "pods\/ephemeralcontainers"/.test(error.message))
    throw missingRights(namespace, [addContainerRight], error);
  if (isFromAdmission(error.message)) return { kind: 'refused', error };
  if (error.status === 404) throw gone(error, namespace, pod);
  if (error.status === 422 || error.status === 403 || error.status === 400) return { kind: 'refused', error };
  throw error;
}

/** A form of the container that was not admitted. */
export interface Refusal {
  /** Its name, by which messages about it are known. */
  readonly container: string;
  readonly error: ApiError;
}

/**
 * The error when every form of the container was refused, most wanted first; nothing was added. The last
 * refusal is told in full: it was about the form that asks for least. Others are told if somebody else
 * stands behind them.
 */
export async function refusalError(
  api: KubeApi,
  namespace: string,
  pod: string,
  refusals: readonly [Refusal, ...Refusal[]],
): Promise<UserError> {
  const last = refusals.at(-1) ?? refusals[0];
  const told = await refusalOf(api, namespace, pod, last);
  const others = refusals.filter(({ error }) => behind(error) !== behind(last.error));
  if (others.length === 0) return told;
  const first = others.map(({ error }) => `with NET_RAW: ${refusedBy(error)}`);
  return new UserError(told.what, [...first, `without: ${told.why}`].join('\n'), told.fix, {
    cause: last.error,
  });
}

/** Who refused, whatever it was about. */
function behind({ message }: ApiError): string {
  return podSecurityOf(message)?.level ?? refuserOf(message).who;
}

async function refusalOf(
  api: KubeApi,
  namespace: string,
  pod: string,
  { container, error: refusal }: Refusal,
): Promise<UserError> {
  const what = `Pod ${namespace}/${pod} takes no debug container that can capture; nothing was added to it`;
  const podSecurity = podSecurityOf(refusal.message);
  if (podSecurity === undefined)
    return new UserError(
      what,
      refusedBy(refusal),
      `Ask for an exception for containers named netdebug-* with the capability NET_RAW; ${otherWays}`,
      { cause: refusal },
    );
  const { level, violations } = podSecurity;
  const ours = ownViolations(violations, container);
  const label = await enforceLevel(api, namespace);
  const source =
    label === undefined
      ? `the label ${enforceLabel} of namespace ${namespace}, or the cluster's default`
      : `label ${enforceLabel}=${label} of namespace ${namespace}`;
  const why =
    ours === ''
      ? `the pod itself violates Pod Security "${level}" (${source}), and it is checked as a whole: ${violations}`
      : `Pod Security "${level}" (${source}) forbids it: ${ours}`;
  return new UserError(
    what,
    why,
    `A debug container needs at least the level "baseline" (containerd) or "privileged". An administrator can allow it for a while:\n  kubectl label namespace ${namespace} ${enforceLabel}=privileged --overwrite\n${otherWays}`,
    { cause: refusal },
  );
}

const otherWays =
  'or capture from the node, with a privileged pod in a namespace that admits one: --profile node;\nor capture elsewhere and judge the file with: kubectl netdebug analyze FILE';

/** One sentence on who refused a container or pod of ours, and why. */
export function refusedBy(refusal: ApiError): string {
  const podSecurity = podSecurityOf(refusal.message);
  if (podSecurity !== undefined) {
    const titles = partsOf(podSecurity.violations).map((part) => part.replace(/ \((?!host).*/s, ''));
    return `Pod Security "${podSecurity.level}" forbids it: ${titles.join(', ')}`;
  }
  const { who, says } = refuserOf(refusal.message);
  return `${who} says: ${says}`;
}

function podSecurityOf(message: string): { readonly level: string; readonly violations: string } | undefined {
  const [, level = '', violations = ''] = /violates PodSecurity "([^"]+)": (.*)/s.exec(message) ?? [];
  return level === '' ? undefined : { level, violations };
}

/** Of a Pod Security message the parts about our container, with the pod's own containers left out. */
export function ownViolations(violations: string, container: string): string {
  const quoted = `"${container}"`;
  return partsOf(violations)
    .filter((part) => part.includes(quoted))
    .map((part) =>
      part.replace(/\b(containers?|pod or containers?) ("[^"]*"(?:, "[^"]*")*)/g, `container ${quoted}`),
    )
    .join(', ');
}

function partsOf(violations: string): string[] {
  return violations.split(/,\s+(?=[^()]*\()/);
}

/** The level that a namespace's label enforces; undefined without the label, or if it may not be read. */
async function enforceLevel(api: KubeApi, namespace: string): Promise<string | undefined> {
  try {
    const object = await api.get<{
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
    }>(`/api/v1/namespaces/${namespace}`);
    return object.metadata?.labels?.[enforceLabel];
  } catch (error) {
    // Many users may not read namespaces; the message then names the label without its value.
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function gone(error: ApiError, namespace: string, pod: string): UserError {
  const isFeatureOff = (error.details['name'] ?? '') === '';
  if (isFeatureOff)
    return new UserError(
      'This cluster has no ephemeral containers',
      error.message,
      'They need Kubernetes 1.25 or later; see: kubectl version',
      { cause: error },
    );
  return new UserError(
    `Pod ${namespace}/${pod} is gone`,
    error.message,
    `Trace the pod that replaced it: kubectl get pods -n ${namespace}`,
    { cause: error },
  );
}
