import type { Answer, Recording } from './recording.ts';
import type { ResourcePath } from './resource-path.ts';
import { parseFieldSelector, parseLabelSelector, SelectorError } from './selectors.ts';
import { failure, noSuchPath, notFound, ok, type Reply } from './status.ts';

/** The objects of a recording, which patches may replace while the server runs. */
export class ObjectStore {
  readonly #answers: Map<string, Answer>;

  constructor(recording: Recording) {
    this.#answers = new Map(recording.answers);
  }

  /** GET of a path that names no resource: /version and discovery documents. */
  document(path: string): Reply {
    const answer = this.#answers.get(path);
    return answer ? ok(answer) : noSuchPath();
  }

  /** GET of an object or a list, with selectors and paging. */
  read(path: ResourcePath, query: URLSearchParams): Reply {
    const collection = this.#collection(path);
    if (collection === undefined) return noSuchPath();
    if (path.name === '') return listReply(collection, path.namespace, query);
    const found = this.object(path);
    if (!found) return notFound(fullResource(path), path.name);
    return ok({ ...itemType(collection), ...found });
  }

  /** One object as it is now. */
  object(path: ResourcePath): Answer | undefined {
    return itemsOf(this.#collection(path) ?? {}).find((item) => isNamed(item, path));
  }

  /** Puts a new version of an object in place of the old one. */
  replace(path: ResourcePath, object: Answer): void {
    const collection = this.#collection(path) ?? {};
    const items = itemsOf(collection).map((item) => (isNamed(item, path) ? object : item));
    this.#answers.set(collectionPath(path), { ...collection, items });
  }

  #collection(path: ResourcePath): Answer | undefined {
    return this.#answers.get(collectionPath(path));
  }
}

/** "pods" or "endpointslices.discovery.k8s.io", as API servers name a resource in messages. */
export function fullResource(path: ResourcePath): string {
  return path.group === '' ? path.resource : `${path.resource}.${path.group}`;
}

function collectionPath(path: ResourcePath): string {
  return `${path.groupVersion}/${path.resource}`;
}

function itemsOf(collection: Answer): readonly Answer[] {
  return Array.isArray(collection['items']) ? (collection['items'] as Answer[]) : [];
}

function metadataOf(item: Answer): Answer {
  return (item['metadata'] ?? {}) as Answer;
}

function isNamed(item: Answer, path: ResourcePath): boolean {
  const metadata = metadataOf(item);
  return metadata['name'] === path.name && (metadata['namespace'] ?? '') === path.namespace;
}

/** Items of a list carry no kind; an object that is read alone does. */
function itemType(collection: Answer): Answer {
  const { apiVersion, kind } = collection;
  return { apiVersion, kind: typeof kind === 'string' ? kind.replace(/List$/, '') : '' };
}

function listReply(collection: Answer, namespace: string, query: URLSearchParams): Reply {
  try {
    const labels = parseLabelSelector(query.get('labelSelector') ?? '');
    const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
    const matching = itemsOf(collection).filter(
      (item) =>
        (namespace === '' || metadataOf(item)['namespace'] === namespace) &&
        labels((metadataOf(item)['labels'] ?? {}) as Record<string, string>) &&
        fields(item),
    );
    return pageReply(collection, matching, query);
  } catch (error) {
    if (error instanceof SelectorError) return failure(400, 'BadRequest', error.message);
    throw error;
  }
}

/** The continue token is the index of the next item; clients must not read it. */
function pageReply(collection: Answer, items: readonly Answer[], query: URLSearchParams): Reply {
  const limit = Number(query.get('limit') ?? 0) || items.length;
  const token = query.get('continue') ?? '';
  const start = token === '' ? 0 : Number.parseInt(Buffer.from(token, 'base64url').toString(), 10);
  if (!(start >= 0)) return failure(400, 'BadRequest', 'continue key is not valid');
  const end = start + limit;
  const rest = items.length - end;
  const next =
    rest > 0 ? { continue: Buffer.from(String(end)).toString('base64url'), remainingItemCount: rest } : {};
  return ok({
    ...collection,
    metadata: { ...(collection['metadata'] as Answer | undefined), ...next },
    items: items.slice(start, end),
  });
}
