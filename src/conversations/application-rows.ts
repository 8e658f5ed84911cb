import type { ApplicationEvent } from '../applications/events.ts';
import { endpointText } from './address.ts';
import type { ApplicationRow } from './conversation.ts';
import type { Group } from './groups.ts';
import type { Observations } from './observations.ts';
import { toMilliseconds } from './samples.ts';

/** Rows of one kind for one capture; what does not fit is put together in one more row. */
const MAX_ROWS_OF_A_KIND = 200;

interface Said {
  readonly group: Group;
  readonly event: ApplicationEvent;
}

/** What the applications said, as the report carries it: by kind, then the most frequent first. */
export function summariseApplications(observations: Observations): ApplicationRow[] {
  const said = observations.groups.flatMap((group) =>
    [...group.events.all.values()].map((event): Said => ({ group, event })),
  );
  return [...Map.groupBy(said, ({ event }) => event.kind)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([kind, ofKind]) => rowsOfKind(observations, kind, ofKind));
}

function rowsOfKind(observations: Observations, kind: string, said: readonly Said[]): ApplicationRow[] {
  const sorted = said.toSorted((a, b) => b.event.count - a.event.count);
  const shown = sorted.slice(0, MAX_ROWS_OF_A_KIND).map(({ group, event }) =>
    row(observations, [event], {
      client: group.client,
      server: endpointText(group.server, group.port),
      kind,
      fields: event.fields,
    }),
  );
  const rest = sorted.slice(MAX_ROWS_OF_A_KIND).map(({ event }) => event);
  return rest.length === 0
    ? shown
    : [...shown, row(observations, rest, { client: '*', server: '*', kind, fields: {} })];
}

type Described = Pick<ApplicationRow, 'client' | 'server' | 'kind' | 'fields'>;

/** Several events in one row; reduced one by one, as there may be more of them than a call takes arguments. */
function row(
  { capture, clock }: Observations,
  events: readonly ApplicationEvent[],
  described: Described,
): ApplicationRow {
  let [count, timed, totalNs, longestNs] = [0, 0, 0, 0];
  let [firstNs, lastNs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const event of events) {
    count += event.count;
    timed += event.timed;
    totalNs += event.totalNs;
    longestNs = Math.max(longestNs, event.longestNs);
    firstNs = Math.min(firstNs, event.firstNs);
    lastNs = Math.max(lastNs, event.lastNs);
  }
  const durations = events.length === 1 ? events[0]?.durations : undefined;
  return {
    capture,
    ...described,
    count,
    averageMs: timed === 0 ? null : toMilliseconds(totalNs / timed),
    medianMs: durations?.quantileMs(0.5) ?? null,
    p95Ms: durations?.quantileMs(0.95) ?? null,
    longestMs: timed === 0 ? null : toMilliseconds(longestNs),
    firstSeen: clock.format(firstNs),
    lastSeen: clock.format(lastNs),
    frames: (events.length === 1 ? (events[0]?.frames ?? []) : []).toSorted((a, b) => a - b),
  };
}
