import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { PodObject } from '../target/pod-object.ts';

interface EventObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly metadata?: { readonly creationTimestamp?: string };
  readonly involvedObject?: { readonly fieldPath?: string };
}

/** "REASON: MESSAGE" of the last event about a container of a pod; "" if there is none, or it may not be read. */
export async function lastEvent(api: KubeApi, pod: PodObject, container: string): Promise<string> {
  try {
    const query = { fieldSelector: `involvedObject.uid=${pod.metadata.uid ?? ''}` };
    const events = await api.list<EventObject>(`/api/v1/namespaces/${pod.metadata.namespace}/events`, query);
    const when = (event: EventObject): string =>
      event.lastTimestamp ?? event.eventTime ?? event.metadata?.creationTimestamp ?? '';
    const last = events
      .filter((event) => event.involvedObject?.fieldPath?.includes(container) === true)
      .toSorted((one, other) => (when(one) < when(other) ? -1 : 1))
      .at(-1);
    return last === undefined ? '' : `${last.reason ?? ''}: ${last.message ?? ''}`;
  } catch (error) {
    // Events add to the message; without the right to read them the state alone must do.
    if (error instanceof ApiError) return '';
    throw error;
  }
}
