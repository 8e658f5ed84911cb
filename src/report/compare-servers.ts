import type { SeenName, ServerSummary } from '../conversations/conversation.ts';
import { amount, enumeration, milliseconds, share } from './amounts.ts';
import { differences, type Difference } from './outliers.ts';
import type { ComparedServer, ServerComparison } from './report.ts';

/** Servers of one comparison and comparisons of one report; those with most attempts stay. */
const MAX_SERVERS = 32;
const MAX_COMPARISONS = 32;

/**
 * Puts servers side by side that do the same work: the endpoints of a Service, the addresses of a name, or, if one of
 * them stands out, whatever listens on one port. `services`: by "address:port", from the cluster.
 */
export function compareServers(
  all: readonly ServerSummary[],
  services: ReadonlyMap<string, string>,
  seenNames: Readonly<Record<string, SeenName>>,
): ServerComparison[] {
  const sets = Map.groupBy(busiest(all), (server) => {
    const { of, by } = workOf(server, services, seenNames);
    return `${by} ${of} ${server.protocol}`;
  });
  return [...sets.values()]
    .filter((servers) => servers.length > 1)
    .map((servers) => compare(servers, workOf(servers[0] as ServerSummary, services, seenNames)))
    .filter(({ by, text }) => by !== 'port' || text !== '')
    .toSorted((a, b) => Number(b.text !== '') - Number(a.text !== ''))
    .slice(0, MAX_COMPARISONS);
}

/** Of a server that several captures show, the one that shows most of it: nothing is counted twice. */
function busiest(all: readonly ServerSummary[]): ServerSummary[] {
  const best = new Map<string, ServerSummary>();
  for (const server of all.toSorted((a, b) => b.attempts - a.attempts)) {
    const key = `${server.server} ${server.protocol}`;
    if (!best.has(key)) best.set(key, server);
  }
  return [...best.values()];
}

function workOf(
  { server, address, port }: ServerSummary,
  services: ReadonlyMap<string, string>,
  seenNames: Readonly<Record<string, SeenName>>,
): Pick<ServerComparison, 'of' | 'by'> {
  const service = services.get(server);
  if (service !== undefined) return { of: `${service} on port ${port}`, by: 'service' };
  const seen = Object.hasOwn(seenNames, address) ? seenNames[address]?.names[0] : undefined;
  return seen === undefined
    ? { of: `port ${port}`, by: 'port' }
    : { of: `${seen} on port ${port}`, by: 'name' };
}

function compare(
  all: readonly ServerSummary[],
  { of, by }: Pick<ServerComparison, 'of' | 'by'>,
): ServerComparison {
  const judged = all.slice(0, MAX_SERVERS);
  // Whatever else listens on a port may be slower by nature: only what fails is compared there.
  const found = judged.map((server) =>
    differences(
      server,
      judged.filter((other) => other !== server),
      by !== 'port',
    ),
  );
  const odd = found.filter(({ length }) => length > 0).length;
  const isOdd = odd === 1 || odd < judged.length / 2;
  const servers = judged
    .map((server, at) => compared(server, isOdd ? (found[at] ?? []) : []))
    .toSorted((a, b) => b.differs.length - a.differs.length);
  const sentences = judged.flatMap((server, at) =>
    isOdd && (found[at]?.length ?? 0) > 0 ? [sentence(server, found[at] ?? [])] : [],
  );
  return {
    of,
    by,
    protocol: judged[0]?.protocol ?? 'TCP',
    servers,
    leftOut: all.length - judged.length,
    text:
      sentences.length === 0 ? '' : `of ${amount(judged.length, 'server')} of ${of}, ${sentences.join('; ')}`,
  };
}

function compared(server: ServerSummary, found: readonly Difference[]): ComparedServer {
  const { attempts, failed, segments, sentAgain, requests, failedRequests } = server;
  return {
    capture: server.capture,
    server: server.server,
    attempts,
    failed,
    segments,
    sentAgain,
    handshakeMs: server.handshake?.medianMs ?? null,
    roundTripMs: server.roundTrip?.medianMs ?? null,
    serverMs: server.serverTime?.medianMs ?? null,
    requests,
    failedRequests,
    differs: found.map(({ kind }) => kind),
  };
}

/** "10.244.3.9:8443 stands out: 12 of 14 connections fail (the others: 0 of 30 connections)". */
function sentence({ server, protocol }: ServerSummary, found: readonly Difference[]): string {
  const noun = protocol === 'TCP' ? 'connection' : 'exchange';
  const parts = found.map((difference) => {
    switch (difference.kind) {
      case 'failures':
        return `${share(difference.own, difference.ownOf, noun)} failed (the others: ${share(difference.others, difference.othersOf, noun)})`;
      case 'failed-requests':
        return `${share(difference.own, difference.ownOf, 'request')} ended in a server error or without a response (the others: ${share(difference.others, difference.othersOf, 'request')})`;
      case 'loss':
        return `${share(difference.own, difference.ownOf, noun)} had to send data again (the others: ${share(difference.others, difference.othersOf, noun)})`;
      case 'round-trip':
        return `the round trip takes ${milliseconds(difference.own)} (the others: ${milliseconds(difference.others)} at most)`;
      case 'server-time':
        return `it takes ${milliseconds(difference.own)} to answer (the others: ${milliseconds(difference.others)} at most)`;
    }
  });
  return `${server} stands out: ${enumeration(parts)}`;
}
