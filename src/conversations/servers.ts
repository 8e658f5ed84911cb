import { endpointText } from './address.ts';
import type { ServerSummary } from './conversation.ts';
import type { Group } from './groups.ts';
import type { Observations } from './observations.ts';
import { Durations } from './samples.ts';

/** The servers of a capture, each with all its clients together; what was put together already is left out. */
export function summariseServers({ capture, groups }: Observations): ServerSummary[] {
  const known = groups.filter(({ server }) => server !== '*');
  const byServer = Map.groupBy(known, ({ server, port, protocol }) => `${server} ${port} ${protocol}`);
  return [...byServer.values()].map((of) => summarise(capture, of));
}

function summarise(capture: number, groups: readonly Group[]): ServerSummary {
  const [{ server, port, protocol }] = groups as readonly [Group, ...Group[]];
  const total = (count: (group: Group) => number): number =>
    groups.reduce((sum, group) => sum + count(group), 0);
  const failed = total(failedAttempts);
  return {
    capture,
    server: endpointText(server, port),
    address: server,
    port,
    protocol,
    attempts: failed + total(({ answered }) => answered),
    failed,
    segments: total(({ segments: [client, back] }) => client.data + back.data),
    sentAgain: total(({ segments }) =>
      segments.reduce((sum, side) => sum + side.retransmissions + side.fastRetransmissions, 0),
    ),
    // A connection may have lost data in both directions.
    lossyConnections: total(({ segments: [client, back] }) => Math.max(client.lossy.count, back.lossy.count)),
    requestSegments: total(({ segments: [client] }) => client.data),
    handshake: together(groups.map(({ handshakes }) => handshakes)).spread(),
    roundTrip: together(groups.map(({ roundTrips }) => roundTrips)).spread(),
    serverTime: together(groups.map(({ serverTimes }) => serverTimes)).spread(),
    ...requestsOf(groups),
  };
}

function failedAttempts({ silent, refused, rejected, answeredByOther }: Group): number {
  return silent.count + refused.count + rejected.count + answeredByOther.count;
}

function together(all: readonly Durations[]): Durations {
  const whole = new Durations();
  for (const durations of all) whole.addSample(durations);
  return whole;
}

function requestsOf(groups: readonly Group[]): Pick<ServerSummary, 'requests' | 'failedRequests'> {
  let [requests, failedRequests] = [0, 0];
  for (const { events } of groups) {
    for (const { kind, fields, count } of events.all.values()) {
      if (kind !== 'http-exchange' && kind !== 'http-no-response') continue;
      requests += count;
      if (kind === 'http-no-response' || Number(fields['status']) >= 500) failedRequests += count;
    }
  }
  return { requests, failedRequests };
}
