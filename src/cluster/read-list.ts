import { ApiError, type KubeApi, type Query } from '../kube/kube-api.ts';
import type { FactList, Unreadable } from './facts.ts';

/** A kind of namespaced object and where the API serves it. */
export interface ListedKind {
  /** Path of its group and version: "/api/v1", "/apis/discovery.k8s.io/v1". */
  readonly base: string;
  /** Plural name in paths and roles: "endpointslices". */
  readonly resource: string;
  readonly factList: FactList;
}

/** What one kind's reading gave. */
export interface ListRead<Fact> {
  /** null: nothing could be read. */
  readonly items: Fact[] | null;
  /** Namespaces that are complete; null: the whole cluster is. */
  readonly namespaces: readonly string[] | null;
  readonly unreadable: readonly Unreadable[];
}

/** Objects of one kind that are kept; a bound against clusters (and servers) without end. */
export const MAX_OBJECTS = 20_000;

/**
 * Lists a kind in the whole cluster or, where that is forbidden, in `namespaces`; each missing right
 * becomes an entry of `unreadable`. Never throws.
 */
export async function readList<Fact>(
  api: KubeApi,
  kind: ListedKind,
  namespaces: readonly string[],
  toFact: (raw: unknown) => Fact,
): Promise<ListRead<Fact>> {
  try {
    const raw = await api.list<unknown>(`${kind.base}/${kind.resource}`, {}, MAX_OBJECTS);
    const cut = raw.length >= MAX_OBJECTS ? [tooMany(kind)] : [];
    return { items: raw.map(toFact), namespaces: cut.length > 0 ? [] : null, unreadable: cut };
  } catch (error) {
    if (!isForbidden(error))
      return { items: null, namespaces: [], unreadable: [unreadable(kind, kind.resource, error)] };
    return await readNamespaces(api, kind, namespaces, toFact, error);
  }
}

async function readNamespaces<Fact>(
  api: KubeApi,
  kind: ListedKind,
  namespaces: readonly string[],
  toFact: (raw: unknown) => Fact,
  clusterError: unknown,
): Promise<ListRead<Fact>> {
  const items: Fact[] = [];
  const complete: string[] = [];
  const missing: Unreadable[] = [];
  const reads = namespaces.map(async (namespace) => {
    try {
      const raw = await api.list<unknown>(
        `${kind.base}/namespaces/${encodeURIComponent(namespace)}/${kind.resource}`,
        {},
        MAX_OBJECTS,
      );
      for (const object of raw) items.push(toFact(object));
      if (raw.length >= MAX_OBJECTS) missing.push(tooMany(kind));
      else complete.push(namespace);
    } catch (error) {
      missing.push(unreadable(kind, `${kind.resource} in namespace ${namespace}`, error));
    }
  });
  await Promise.all(reads);
  if (complete.length === 0 && items.length === 0)
    return { items: null, namespaces: [], unreadable: [unreadable(kind, kind.resource, clusterError)] };
  const elsewhere = unreadable(
    kind,
    `${kind.resource} outside ${complete.toSorted().join(', ')}`,
    clusterError,
  );
  return {
    items,
    namespaces: complete.toSorted(),
    unreadable: [elsewhere, ...missing.toSorted((a, b) => (a.what < b.what ? -1 : 1))],
  };
}

/** GET of one object that may be missing or forbidden: the object, or why not. Never throws. */
export async function readObject(
  api: KubeApi,
  path: string,
  query: Query = {},
): Promise<{ readonly object: unknown } | { readonly error: unknown }> {
  try {
    return { object: await api.get<unknown>(path, query) };
  } catch (error) {
    return { error };
  }
}

/** True for an answer that a right would have changed (401, 403). */
export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 403 || error.status === 401);
}

/** The server's (or the connection's) own words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The rule of a Role or ClusterRole that grants reading a resource, as YAML. */
export function roleRule(
  group: string,
  resource: string,
  verbs: readonly string[] = ['get', 'list'],
): string {
  const list = (values: readonly string[]): string =>
    `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
  return `rules:\n- apiGroups: ${list([group])}\n  resources: ${list([resource])}\n  verbs: ${list(verbs)}`;
}

function unreadable(kind: ListedKind, what: string, error: unknown): Unreadable {
  return {
    what,
    why: wordsOf(error),
    fix: isForbidden(error) ? roleRule(groupOf(kind.base), kind.resource) : '',
  };
}

function tooMany(kind: ListedKind): Unreadable {
  return {
    what: `all ${kind.resource}`,
    why: `there are more than ${MAX_OBJECTS}; only the first ${MAX_OBJECTS} were read`,
    fix: '',
  };
}

function groupOf(base: string): string {
  return base.startsWith('/apis/') ? (base.split('/')[2] ?? '') : '';
}
