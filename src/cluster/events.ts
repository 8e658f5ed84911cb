import type { KubeApi } from '../kube/kube-api.ts';
import type { EventFacts, PodFacts, Unreadable } from './facts.ts';
import { asNumber, asObject, asText, compareText } from './raw.ts';
import { isForbidden, roleRule, wordsOf } from './read-list.ts';

/** Events that are read per namespace, and kept in all. */
const MAX_READ = 2000;
const MAX_KEPT = 200;

/** Reads the warnings about pods that are not ready, newest first; null if they could be read nowhere. Never throws. */
export async function readEvents(
  api: KubeApi,
  pods: readonly PodFacts[],
): Promise<{ readonly events: EventFacts[] | null; readonly unreadable: readonly Unreadable[] }> {
  const notReady = pods.filter((pod) => !pod.ready && pod.phase !== 'Succeeded');
  const wanted = new Set(notReady.map((pod) => `${pod.namespace}/Pod/${pod.name}`));
  const namespaces = [...new Set(notReady.map((pod) => pod.namespace))].toSorted();
  const unreadable: Unreadable[] = [];
  const lists = await Promise.all(namespaces.map((namespace) => readNamespace(api, namespace, unreadable)));
  const events = lists.flat().filter((event) => wanted.has(`${event.namespace}/${event.object}`));
  events.sort(
    (a, b) =>
      compareText(b.lastSeen, a.lastSeen) ||
      compareText(a.object, b.object) ||
      compareText(a.message, b.message),
  );
  const nowhere = namespaces.length > 0 && unreadable.length === namespaces.length;
  return {
    events: nowhere ? null : events.slice(0, MAX_KEPT),
    unreadable: unreadable.toSorted((a, b) => compareText(a.what, b.what)),
  };
}

async function readNamespace(
  api: KubeApi,
  namespace: string,
  unreadable: Unreadable[],
): Promise<EventFacts[]> {
  try {
    const raw = await api.list<unknown>(
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
      { fieldSelector: 'involvedObject.kind=Pod,type=Warning' },
      MAX_READ,
    );
    return raw.map(toEventFacts);
  } catch (error) {
    unreadable.push({
      what: `events in namespace ${namespace}`,
      why: wordsOf(error),
      fix: isForbidden(error) ? roleRule('', 'events') : '',
    });
    return [];
  }
}

/** Reduces an Event of the API (core/v1, in its old and its series form). */
export function toEventFacts(raw: unknown): EventFacts {
  const event = asObject(raw);
  const object = asObject(event['involvedObject']);
  const series = asObject(event['series']);
  const times = [
    series['lastObservedTime'],
    event['lastTimestamp'],
    event['eventTime'],
    event['firstTimestamp'],
  ].map(asText);
  return {
    namespace: asText(asObject(event['metadata'])['namespace']),
    object: `${asText(object['kind'])}/${asText(object['name'])}`,
    reason: asText(event['reason']),
    message: asText(event['message']),
    lastSeen: times.find((time) => time !== '') ?? '',
    count: asNumber(series['count']) || asNumber(event['count'], 1),
  };
}
