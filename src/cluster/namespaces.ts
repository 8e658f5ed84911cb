import type { KubeApi } from '../kube/kube-api.ts';
import type { NamespaceFacts, Unreadable } from './facts.ts';
import { asObject, asText, asTextMap, compareText } from './raw.ts';
import { isForbidden, MAX_OBJECTS, roleRule, wordsOf } from './read-list.ts';

/** Reads the namespaces' labels, which policies select by; null and a reason if they cannot be read. Never throws. */
export async function readNamespaces(
  api: KubeApi,
): Promise<{ readonly namespaces: NamespaceFacts[] | null; readonly unreadable: readonly Unreadable[] }> {
  try {
    const raw = await api.list<unknown>('/api/v1/namespaces', {}, MAX_OBJECTS);
    return {
      namespaces: raw.map(toNamespaceFacts).toSorted((a, b) => compareText(a.name, b.name)),
      unreadable: [],
    };
  } catch (error) {
    return {
      namespaces: null,
      unreadable: [
        {
          what: 'namespaces',
          why: wordsOf(error),
          fix: isForbidden(error) ? roleRule('', 'namespaces') : '',
        },
      ],
    };
  }
}

/** Reduces a Namespace of the API. Since Kubernetes 1.22 each carries its name as the label kubernetes.io/metadata.name. */
export function toNamespaceFacts(raw: unknown): NamespaceFacts {
  const metadata = asObject(asObject(raw)['metadata']);
  return { name: asText(metadata['name']), labels: asTextMap(metadata['labels']) };
}
