import type { ApplicationEvent, EventFields } from '../applications/events.ts';
import type { Group } from '../conversations/groups.ts';

/** Most requests or codes that a text names. */
const MAX_NAMED = 3;

/** Whether an event is about a probe of the kubelet. */
export function isProbe({ fields }: ApplicationEvent): boolean {
  return fields['probe'] === 1;
}

/** Requests of a group that got a response, probes apart or alone. */
export function exchangesOf(group: Group, probes: boolean): ApplicationEvent[] {
  return group.events.ofKind('http-exchange').filter((event) => isProbe(event) === probes);
}

/** How often events were counted, together. */
export function countOf(events: readonly ApplicationEvent[]): number {
  return events.reduce((sum, { count }) => sum + count, 0);
}

/** "GET shop.example/pay, POST shop.example/cart and 2 others", most frequent first; "" if none has a name. */
export function namedRequests(events: readonly ApplicationEvent[]): string {
  const counts = new Map<string, number>();
  for (const { fields, count } of events) {
    const name = requestName(fields);
    if (name !== '') counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return listed(counts, false);
}

/** "503 ×4, 500", most frequent first, of one field. */
export function countedValues(
  events: readonly ApplicationEvent[],
  value: (fields: EventFields) => string,
): string {
  const counts = new Map<string, number>();
  for (const { fields, count } of events) counts.set(value(fields), (counts.get(value(fields)) ?? 0) + count);
  return listed(counts, true);
}

function listed(counts: ReadonlyMap<string, number>, withCounts: boolean): string {
  const sorted = [...counts].toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  const named = sorted
    .slice(0, MAX_NAMED)
    .map(([name, count]) => (withCounts && count > 1 ? `${name} ×${count}` : name));
  const others = sorted.length - named.length;
  return `${named.join(', ')}${others === 0 ? '' : ` and ${others} ${others === 1 ? 'other' : 'others'}`}`;
}

function requestName(fields: EventFields): string {
  const { method, host, path } = fields as { method?: string; host?: string; path?: string };
  return method === undefined || method === '' ? '' : `${method} ${host ?? ''}${path ?? ''}`.trim();
}

/** The name in brackets behind a space, "" for none. */
export function inBrackets(text: string): string {
  return text === '' ? '' : ` (${text})`;
}

/** "3 of 20 requests", "the only request". */
export function shareOf(count: number, total: number, what: string): string {
  return total === 1 ? `the only ${what}` : `${count} of ${total} ${what}s`;
}

/** A fault that hits one request in twenty, or three, is no accident. */
export function isFrequent(count: number, total: number): boolean {
  return count >= 3 || count >= total * 0.05;
}
