import type { KubeApi } from '../kube/kube-api.ts';
import type { PeerAuthenticationFacts } from './mesh-facts.ts';
import { toPeerAuthenticationFacts } from './peer-authentications.ts';
import { ADMIN_POLICY_GROUP, toAdminPolicyFacts } from './admin-policies.ts';
import type { AdminPolicyFacts } from './admin-policy-facts.ts';
import type { PolicyKindFacts, Unreadable } from './facts.ts';
import { asList, asObject, asText, compareObjects, compareText } from './raw.ts';
import { isForbidden, MAX_OBJECTS, readObject, roleRule, wordsOf } from './read-list.ts';

/** Kinds of the cluster-wide tiers, which are evaluated. */
const ADMIN_KINDS = ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'] as const;
/** Kinds that can stop traffic besides NetworkPolicy, by API group; others than the admin tiers are listed, not evaluated. */
const POLICY_KINDS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['cilium.io', ['CiliumClusterwideNetworkPolicy', 'CiliumNetworkPolicy']],
  ['crd.antrea.io', ['ClusterNetworkPolicy', 'NetworkPolicy']],
  ['crd.projectcalico.org', ['GlobalNetworkPolicy', 'NetworkPolicy', 'StagedGlobalNetworkPolicy']],
  ['k8s.cni.cncf.io', ['MultiNetworkPolicy']],
  ['k8s.ovn.org', ['EgressFirewall']],
  ['networking.k8s.aws', ['ApplicationNetworkPolicy', 'ClusterNetworkPolicy']],
  ['policy.linkerd.io', ['AuthorizationPolicy', 'Server']],
  [ADMIN_POLICY_GROUP, ADMIN_KINDS],
  ['projectcalico.org', ['GlobalNetworkPolicy', 'NetworkPolicy']],
  ['networking.istio.io', ['Sidecar']],
  ['security.istio.io', ['AuthorizationPolicy', 'PeerAuthentication']],
  ['vpcresources.k8s.aws', ['SecurityGroupPolicy']],
]);
/** Names kept of one kind; as many as this means that there may be more. */
export const MAX_POLICY_OBJECTS = 50;
/** Calico's API server shows each NetworkPolicy of Kubernetes once more under this prefix. */
const CALICO_COPY = 'knp.';

interface ServedKind {
  readonly group: string;
  readonly kind: string;
  /** Path of the list. */
  readonly path: string;
  readonly resource: string;
}

export interface OtherPolicies {
  readonly kinds: PolicyKindFacts[] | null;
  readonly adminPolicies: AdminPolicyFacts[] | null;
  /** undefined: there is no such kind, or not all of them could be read. */
  readonly peerAuthentications: PeerAuthenticationFacts[] | undefined;
  readonly unreadable: readonly Unreadable[];
}

/**
 * Lists the policy objects of other vendors, and reads those of the cluster-wide tiers; null if not even the API's
 * groups can be read. Never throws.
 */
export async function readOtherPolicies(api: KubeApi): Promise<OtherPolicies> {
  const unreadable: Unreadable[] = [];
  const groups = await readObject(api, '/apis');
  if ('error' in groups)
    return {
      kinds: null,
      adminPolicies: null,
      peerAuthentications: undefined,
      unreadable: [{ what: 'API groups (/apis)', why: wordsOf(groups.error), fix: '' }],
    };
  const found = asList(asObject(groups.object)['groups'])
    .map(asObject)
    .filter((group) => POLICY_KINDS.has(asText(group['name'])));
  const served = (await Promise.all(found.map((group) => servedKinds(api, group, unreadable)))).flat();
  const [listed, admin] = await Promise.all([
    Promise.all(served.filter(isForeign).map((kind) => readKind(api, kind, unreadable))),
    Promise.all(
      served.filter((kind) => !isForeign(kind)).map((kind) => readAdminKind(api, kind, unreadable)),
    ),
  ]);
  const kinds = listed.map(({ facts }) => facts);
  kinds.sort((a, b) => compareText(a.group, b.group) || compareText(a.kind, b.kind));
  return {
    kinds,
    adminPolicies: admin.includes(null)
      ? null
      : admin
          .flatMap((list) => list ?? [])
          .toSorted((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name)),
    peerAuthentications: listed
      .find(({ facts }) => facts.kind === 'PeerAuthentication')
      ?.whole?.map(toPeerAuthenticationFacts)
      .toSorted(compareObjects),
    unreadable: unreadable.toSorted((a, b) => compareText(a.what, b.what)),
  };
}

function isForeign({ group }: ServedKind): boolean {
  return group !== ADMIN_POLICY_GROUP;
}

/** The policy objects of other vendors among objects that were not read from an API server. */
export function policyKindsOf(objects: readonly unknown[]): PolicyKindFacts[] {
  const named = objects.map(asObject).flatMap((object) => {
    const [group = ''] = asText(object['apiVersion']).split('/');
    const kind = asText(object['kind']);
    const { namespace, name } = asObject(object['metadata']);
    const isPolicy = group !== ADMIN_POLICY_GROUP && POLICY_KINDS.get(group)?.includes(kind) === true;
    return isPolicy
      ? [{ group, kind, name: [asText(namespace), asText(name)].filter((part) => part !== '').join('/') }]
      : [];
  });
  const byKind = Map.groupBy(named, ({ group, kind }) => `${group}/${kind}`);
  return [...byKind.values()].map((list) => ({
    kind: list[0]?.kind ?? '',
    group: list[0]?.group ?? '',
    objects: list
      .map(({ name }) => name)
      .toSorted(compareText)
      .slice(0, MAX_POLICY_OBJECTS),
  }));
}

/** All policies of one kind of the cluster-wide tiers; null if not all could be read. */
async function readAdminKind(
  api: KubeApi,
  { kind, path, resource }: ServedKind,
  unreadable: Unreadable[],
): Promise<AdminPolicyFacts[] | null> {
  const known = ADMIN_KINDS.find((one) => one === kind);
  if (path === '' || known === undefined) return null;
  const what = `${kind} objects (${ADMIN_POLICY_GROUP})`;
  try {
    const raw = await api.list<unknown>(path, {}, MAX_OBJECTS);
    if (raw.length < MAX_OBJECTS) return raw.map((object) => toAdminPolicyFacts(known, object));
    unreadable.push({ what, why: `there are more than ${MAX_OBJECTS}`, fix: '' });
  } catch (error) {
    unreadable.push({
      what,
      why: wordsOf(error),
      fix: isForbidden(error) ? roleRule(ADMIN_POLICY_GROUP, resource) : '',
    });
  }
  return null;
}

/** A group's policy kinds. All versions are asked: some kinds are served in an older version only. */
async function servedKinds(
  api: KubeApi,
  group: Readonly<Record<string, unknown>>,
  unreadable: Unreadable[],
): Promise<ServedKind[]> {
  const name = asText(group['name']);
  const wanted = POLICY_KINDS.get(name) ?? [];
  const versions = asList(group['versions'])
    .map((version) => asText(asObject(version)['groupVersion']))
    .filter((version) => version.startsWith(`${name}/`));
  const kinds = new Map<string, ServedKind>();
  for (const version of versions) {
    const answer = await readObject(api, `/apis/${version}`);
    if ('error' in answer) {
      unreadable.push({ what: `API resources of ${version}`, why: wordsOf(answer.error), fix: '' });
      // What the group serves is unknown, so each of its kinds counts as "could not be listed".
      for (const kind of wanted)
        if (!kinds.has(kind)) kinds.set(kind, { group: name, kind, path: '', resource: '' });
      continue;
    }
    for (const entry of asList(asObject(answer.object)['resources']).map(asObject)) {
      const kind = asText(entry['kind']);
      const resource = asText(entry['name']);
      if (!wanted.includes(kind) || !/^[a-z0-9]+$/.test(resource) || (kinds.get(kind)?.path ?? '') !== '')
        continue;
      kinds.set(kind, { group: name, kind, path: `/apis/${version}/${resource}`, resource });
    }
  }
  return [...kinds.values()];
}

/** A kind's names, and its objects as the API has them; undefined: not all of them were read. */
interface ListedPolicies {
  readonly facts: PolicyKindFacts;
  readonly whole?: readonly unknown[];
}

async function readKind(
  api: KubeApi,
  { group, kind, path, resource }: ServedKind,
  unreadable: Unreadable[],
): Promise<ListedPolicies> {
  if (path === '') return { facts: { kind, group, objects: null } };
  try {
    const raw = await api.list<unknown>(path, {}, MAX_POLICY_OBJECTS);
    const names = raw
      .map((object) => asObject(asObject(object)['metadata']))
      .map((metadata) => ({ namespace: asText(metadata['namespace']), name: asText(metadata['name']) }));
    const own = names.filter(({ name }) => group !== 'projectcalico.org' || !name.startsWith(CALICO_COPY));
    const objects = own
      .map(({ namespace, name }) => (namespace === '' ? name : `${namespace}/${name}`))
      .toSorted(compareText)
      .slice(0, MAX_POLICY_OBJECTS);
    return { facts: { kind, group, objects }, ...(raw.length < MAX_POLICY_OBJECTS ? { whole: raw } : {}) };
  } catch (error) {
    unreadable.push({
      what: `${kind} objects (${group})`,
      why: wordsOf(error),
      fix: isForbidden(error) ? roleRule(group, resource) : '',
    });
    return { facts: { kind, group, objects: null } };
  }
}
