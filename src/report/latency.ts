import type { ConversationGroup } from '../conversations/conversation.ts';
import { milliseconds, thousands } from './amounts.ts';
import type { Latency } from './report.ts';

/** A round trip above this is felt in every request. */
const SLOW_NETWORK_MS = 200;
/** A pause of server or client that somebody notices. */
const SLOW_END_MS = 1000;
/** Whose time it was is said only if it is this much longer than what the network takes. */
const CLEAR_FACTOR = 5;
/** Share of data that is sent again from which on the network has its part in any pause. */
const LOSSY_SHARE = 0.01;
/** Handshakes that make a slow way sure where no data shows it. */
const MIN_HANDSHAKES = 3;
const MAX_LATENCIES = 20;

/** Whose time it was, of each client and server between whom it was slow; nothing where that is not clear. */
export function latenciesOf(groups: readonly ConversationGroup[]): Latency[] {
  return groups
    .flatMap((group) => latencyOf(group) ?? [])
    .toSorted((a, b) => costOf(b) - costOf(a))
    .slice(0, MAX_LATENCIES);
}

/** Pauses of clients last: a client that has nothing to ask is no fault. */
function costOf({ whose, networkMs, serverMs, clientMs }: Latency): number {
  if (whose === 'client') return -1 / (clientMs ?? 1);
  return whose === 'server' ? (serverMs ?? 0) : networkMs;
}

function latencyOf(group: ConversationGroup): Latency | undefined {
  // A listener may be late with a handshake, and a receiver with an acknowledgment: the network is the quicker one.
  const roundTrips = [group.handshakeMs, group.dataRoundTripMs].filter((ms) => ms !== null);
  if (group.protocol !== 'TCP' || roundTrips.length === 0) return undefined;
  const networkMs = Math.min(...roundTrips);
  const { fromClient, fromServer } = group.segments;
  const segments = fromClient.data + fromServer.data;
  const sentAgain = fromClient.retransmissions + fromServer.retransmissions;
  const numbers = {
    networkMs,
    serverMs: without(group.longestServerMs, networkMs),
    clientMs: without(group.longestClientMs, networkMs),
    segments,
    sentAgain,
  };
  const isSure = roundTrips.length === 2 || group.outcomes.answered >= MIN_HANDSHAKES;
  const whose = whoseTime(numbers, isSure);
  if (whose === undefined) return undefined;
  const { capture, client, server } = group;
  return { capture, client, server, whose, ...numbers, text: sentence(whose, numbers) };
}

type Numbers = Pick<Latency, 'networkMs' | 'serverMs' | 'clientMs' | 'segments' | 'sentAgain'>;

/** Each pause holds one round trip, seen from the other end. */
function without(valueMs: number | null, networkMs: number): number | null {
  return valueMs === null ? null : Math.max(0, Math.round((valueMs - networkMs) * 1000) / 1000);
}

/** `isSure`: the round trip was measured in two ways, or often. */
function whoseTime(
  { networkMs, serverMs, clientMs, segments, sentAgain }: Numbers,
  isSure: boolean,
): Latency['whose'] | undefined {
  const isLossy = sentAgain > 0 && sentAgain >= LOSSY_SHARE * segments;
  const isClear = (ms: number | null): boolean =>
    ms !== null && ms >= SLOW_END_MS && ms >= CLEAR_FACTOR * networkMs;
  // With losses a pause may be one of the network: nobody is accused then.
  if (isClear(serverMs)) return isLossy ? undefined : 'server';
  if (networkMs >= SLOW_NETWORK_MS) return isSure ? 'network' : undefined;
  return isClear(clientMs) && !isLossy ? 'client' : undefined;
}

function sentence(
  whose: Latency['whose'],
  { networkMs, serverMs, clientMs, segments, sentAgain }: Numbers,
): string {
  const network = `the round trip takes ${shortTime(networkMs)}`;
  const again = `${thousands(sentAgain)} of ${thousands(segments)} data segments sent again`;
  const server =
    serverMs === null ? 'no answer of the server was seen' : `the server takes ${atMost(serverMs)} to answer`;
  const client =
    clientMs === null
      ? 'no request of the client was seen'
      : `the client lets ${atMost(clientMs)} pass before it sends`;
  switch (whose) {
    case 'network':
      return `slow by the network: ${network}, and each request waits for it; ${again}, ${server}, ${client}`;
    case 'server':
      return `slow by the server, not by the network: ${server}; ${network}, ${again}, ${client}`;
    case 'client':
      return `pauses of the client, not of the network: ${client}; ${network}, ${again}, ${server}`;
  }
}

function atMost(valueMs: number): string {
  return `at most ${milliseconds(Math.max(0.1, valueMs))}`;
}

/** Between two pods of one node a time may be shorter than what is printed of it. */
export function shortTime(valueMs: number): string {
  return valueMs < 0.1 ? 'less than 0.1 ms' : milliseconds(valueMs);
}
