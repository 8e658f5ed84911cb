import type { ServerSummary, Spread } from '../conversations/conversation.ts';
import type { ServerDifference } from './report.ts';

/*
 * When one server among several is worse than the others. A chance finding costs trust: each gate asks for enough
 * samples, for a difference that is worth a word, and for one that chance does not make.
 */

/** How a server differs: its own number and that of the others; of counts also of how many. */
export interface Difference {
  readonly kind: ServerDifference;
  readonly own: number;
  readonly ownOf: number;
  readonly others: number;
  readonly othersOf: number;
}

/** Chance of an alarm among servers that are all alike; divided by their number, as each of them is tried. */
const MAX_CHANCE = 1e-3;
const MIN_FAILED = 3;
const MIN_OWN = 5;
const MIN_OTHERS = 10;
/** Below this share a server is not called broken, and the others must be better by this factor. */
const MIN_RATE = 0.2;
const RATE_FACTOR = 4;
/** Share of segments sent again that is felt. */
const MIN_LOSS = 0.02;
/** Three quarters of so many samples above three quarters of so many others: chance makes that less than once in 10,000. */
const MIN_SAMPLES = 16;
const TIME_FACTOR = 2;
const MIN_ROUND_TRIP_MS = 5;
const MIN_SERVER_MS = 20;
/** The longest answer of a connection grows with its requests: connections must be comparable. */
const MAX_REQUESTS_FACTOR = 1.5;

/** In what a server is worse than the others; none without enough to compare. `withTimes`: their times may be compared. */
export function differences(
  server: ServerSummary,
  others: readonly ServerSummary[],
  withTimes: boolean,
): Difference[] {
  const sum = (count: (other: ServerSummary) => number): number =>
    others.reduce((total, other) => total + count(other), 0);
  const servers = others.length + 1;
  const rates: Difference[] = [
    {
      kind: 'failures',
      own: server.failed,
      ownOf: server.attempts,
      others: sum(({ failed }) => failed),
      othersOf: sum(({ attempts }) => attempts),
    },
    {
      kind: 'failed-requests',
      own: server.failedRequests,
      ownOf: server.requests,
      others: sum(({ failedRequests }) => failedRequests),
      othersOf: sum(({ requests }) => requests),
    },
  ];
  // Retransmissions come in bursts: what is counted are connections, which are independent.
  const loss: Difference = {
    kind: 'loss',
    own: server.lossyConnections,
    ownOf: server.attempts,
    others: sum(({ lossyConnections }) => lossyConnections),
    othersOf: sum(({ attempts }) => attempts),
  };
  const isFelt =
    server.sentAgain >= MIN_LOSS * server.segments &&
    server.sentAgain * sum(({ segments }) => segments) >=
      RATE_FACTOR * server.segments * sum(({ sentAgain }) => sentAgain);
  return [
    ...rates.filter((difference) => isWorse(difference, servers)),
    ...(server.sentAgain > 0 && isFelt && isWorse(loss, servers) ? [loss] : []),
    ...(withTimes ? times(server, others) : []),
  ];
}

function isWorse({ own, ownOf, others, othersOf }: Difference, servers: number): boolean {
  if (own < MIN_FAILED || ownOf < MIN_OWN || othersOf < MIN_OTHERS) return false;
  if (own < MIN_RATE * ownOf || own * othersOf < RATE_FACTOR * others * ownOf) return false;
  return chanceOf(own, ownOf, others, othersOf) < MAX_CHANCE / servers;
}

/** Fisher's exact test, upper tail: how likely at least `own` of all failures fall on this server by chance. */
export function chanceOf(own: number, ownOf: number, others: number, othersOf: number): number {
  const [failed, whole] = [own + others, ownOf + othersOf];
  let chance = 0;
  for (let count = own; count <= Math.min(failed, ownOf); count++)
    chance += Math.exp(
      logChoose(ownOf, count) + logChoose(othersOf, failed - count) - logChoose(whole, failed),
    );
  return chance;
}

function logChoose(of: number, chosen: number): number {
  return logFactorial(of) - logFactorial(chosen) - logFactorial(of - chosen);
}

/** Stirling's series; exact enough from 1 on (error below 1e-3 at 1, 1e-8 at 10), and exact at 0. */
function logFactorial(n: number): number {
  if (n < 2) return 0;
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

function times(server: ServerSummary, others: readonly ServerSummary[]): Difference[] {
  const roundTrip = slower(
    'round-trip',
    server.roundTrip,
    others.map((other) => other.roundTrip),
    MIN_ROUND_TRIP_MS,
  );
  const perConnection = (of: ServerSummary): number => of.requestSegments / Math.max(1, of.attempts);
  const comparable = others.filter(
    (other) => perConnection(server) <= MAX_REQUESTS_FACTOR * perConnection(other),
  );
  const serverTime = slower(
    'server-time',
    server.serverTime,
    comparable.length < others.length ? [] : comparable.map((other) => other.serverTime),
    MIN_SERVER_MS,
  );
  return [...roundTrip, ...serverTime];
}

function slower(
  kind: ServerDifference,
  own: Spread | null,
  others: readonly (Spread | null)[],
  minMs: number,
): Difference[] {
  const known = others.filter((spread) => spread !== null && spread.samples >= MIN_SAMPLES);
  if (own === null || own.samples < MIN_SAMPLES || known.length === 0) return [];
  const highest = Math.max(...known.map((spread) => spread?.highMs ?? 0));
  const median = Math.max(...known.map((spread) => spread?.medianMs ?? 0));
  const isSlower =
    own.lowMs > highest && own.medianMs >= TIME_FACTOR * median && own.medianMs - median >= minMs;
  return isSlower
    ? [{ kind, own: own.medianMs, ownOf: own.samples, others: median, othersOf: known.length }]
    : [];
}
