import { CaptureClock } from '../pcap/frame.ts';
import type { ClockPair } from './clock.ts';
import type { CapturePair, Crossing, Loss } from './crossing.ts';
import { bits, missedBy, usualPlaces } from './losses.ts';
import type { LossGroup, LostPackets } from './losses.ts';
import type { Matched } from './match.ts';
import type { Vantage } from './vantage.ts';

/** Sentences about what could not be decided; beyond these nobody reads them. */
const MAX_LIMITS = 5;
const MAX_FRAMES = 16;

/** Addresses behind a Service's "address:port"; undefined: it is none, or it is not known. */
export type EndpointsOf = (server: string) => readonly string[] | undefined;

/** Says what the matched captures tell together. */
export function crossingOf(
  matched: Matched,
  vantages: readonly Vantage[],
  endpointsOf: EndpointsOf,
): Crossing {
  const losses: Loss[] = [];
  const limits: string[] = [];
  for (const group of matched.losses.groups.values()) {
    const found = [...sameFlow(group), ...neverCame(group, matched, vantages, endpointsOf)];
    losses.push(...found.map((missed) => lossOf(group, missed, matched, vantages)));
    if (found.length === 0) limits.push(...undecided(group, vantages));
  }
  return {
    places: vantages.map(({ capture, name }, index) => ({
      capture,
      name,
      clockAheadNs: Math.round(matched.timeline.offsetsNs[index] ?? 0),
      isClockProven: matched.timeline.isProven(0, index),
    })),
    pairs: matched.clocks.map((clock) => pairOf(clock, matched, vantages)),
    losses: losses.toSorted((a, b) => b.count - a.count),
    limits: limits.slice(0, MAX_LIMITS),
  };
}

/** Lost packets, where they were missed, and how that is known. */
interface Missed {
  readonly packets: LostPackets;
  /** Bit set. */
  readonly missing: number;
  readonly expectedBy: Loss['expectedBy'];
}

function sameFlow(group: LossGroup): Missed[] {
  return [...group.lost.values()].flatMap((packets): Missed[] => {
    const missing = missedBy(group, packets);
    return missing === 0 ? [] : [{ packets, missing, expectedBy: 'same-flow' }];
  });
}

/** Of flows that never came to a place: they are missed there if the place is where they were to come. */
function neverCame(
  group: LossGroup,
  { surveys, tallies }: Matched,
  vantages: readonly Vantage[],
  endpointsOf: EndpointsOf,
): Missed[] {
  const atHome = (wanted: string): number =>
    surveys.reduce((set, { home }, vantage) => (home.has(wanted) ? set | (1 << vantage) : set), 0);
  const endpoints = group.by === 'client' ? (endpointsOf(group.server) ?? []) : [];
  // Where one endpoint is not captured, the packets may have gone there.
  const behind = endpoints.every((endpoint) => atHome(endpoint) !== 0)
    ? endpoints.reduce((set, endpoint) => set | atHome(endpoint), 0)
    : 0;
  const usual = usualPlaces(group);
  const sender = group.by === 'client' ? group.client : splitTarget(group.server).address;
  return [...group.unlinked.values()].flatMap((packets): Missed[] => {
    // An answer came: another place or a proxy gave it.
    if (packets.silentFlows === 0) return [];
    const { address, port } = splitTarget(packets.target);
    const near = atHome(address);
    // A capture that may have a filter shows that it lets such packets pass by holding others of them.
    const direct = bits(near | behind)
      .filter(
        (vantage) => vantages[vantage]?.isUnfiltered === true || surveys[vantage]?.ports.has(port) === true,
      )
      // Packets of the sender that match nothing (headers cut off, a proxy): then nothing of it can be missed.
      .filter(
        (vantage) =>
          tallies.of(packets.lastSeenAt, vantage).matched > 0 || surveys[vantage]?.peers.has(sender) !== true,
      )
      .reduce((set, vantage) => set | (1 << vantage), 0);
    const missing = (usual | direct) & packets.unseen & ~packets.seen;
    if (missing === 0) return [];
    const isUsual = (usual & missing) !== 0;
    const expectedBy = isUsual ? 'same-address' : (near & missing) === 0 ? 'endpoints' : 'address';
    return [{ packets, missing, expectedBy }];
  });
}

/** "10.244.2.7:8080" and "[fd00::7]:8080"; an address alone has port 0. */
function splitTarget(target: string): { address: string; port: number } {
  const match = /^\[(.+)\]:(\d+)$/.exec(target) ?? /^([^:]*):(\d+)$/.exec(target);
  return { address: match?.[1] ?? target, port: Number(match?.[2] ?? 0) };
}

function lossOf(
  group: LossGroup,
  { packets, missing, expectedBy }: Missed,
  { surveys, timeline, tallies, origin }: Matched,
  vantages: readonly Vantage[],
): Loss {
  const from = packets.lastSeenAt;
  const missingAt = bits(missing).toSorted(
    (a, b) => delayNs(tallies, from, a) - delayNs(tallies, from, b) || a - b,
  );
  const [first = 0] = missingAt;
  const tally = tallies.of(from, first);
  const clock = new CaptureClock();
  clock.originSeconds = origin.seconds;
  const time = (timeNs: number): string => clock.format(timeNs + (timeline.offsetsNs[from] ?? 0));
  const captureOf = (vantage: number): number => vantages[vantage]?.capture ?? 0;
  return {
    ...group.dialled,
    protocol: group.protocol,
    by: group.by,
    seenAt: [...bits(packets.seen & ~(1 << from)).map(captureOf), captureOf(from)],
    missingAt: missingAt.map(captureOf),
    count: packets.count,
    handshakes: packets.syns,
    arrived: group.arrived.get(first) ?? 0,
    flows: packets.flows,
    silentFlows: packets.silentFlows,
    firstSeen: time(packets.firstNs),
    lastSeen: time(packets.lastNs),
    frames: [...new Set(packets.frames)].toSorted((a, b) => a - b).slice(0, MAX_FRAMES),
    framesThere: tally.witnesses(from < first ? 1 : 0),
    expectedBy,
    isOrderProven: missingAt.every((vantage) => timeline.isProven(from, vantage)),
    unseenArrivals: group.unseenArrivals.get(first) ?? 0,
    dropped: vantages[first]?.dropped ?? null,
    isBroken: missingAt.some((vantage) => vantages[vantage]?.isBroken === true),
    matched: tally.matched,
    packetsThere: surveys[first]?.packets ?? 0,
  };
}

/** From one place to another, in the middle; far away where nothing was matched. */
function delayNs(tallies: Matched['tallies'], from: number, to: number): number {
  const tally = tallies.of(from, to);
  const delay = from < to ? tally.thereNs : tally.backNs;
  return Number.isNaN(delay) ? Number.MAX_SAFE_INTEGER : delay;
}

/** A silence of which the captures do not show whether it lies between them. */
function undecided(group: LossGroup, vantages: readonly Vantage[]): string[] {
  const silent = [...group.unlinked.values()].filter(({ silentFlows, syns }) => silentFlows > 0 && syns > 0);
  if (silent.length === 0 || group.by === 'server') return [];
  const count = silent.reduce((sum, { count: packets }) => sum + packets, 0);
  const { name = '' } = vantages[group.vantage] ?? {};
  return [
    `${count} packets from ${group.client} to ${group.server} left ${name} and are in no other capture; nothing shows that they were to come there`,
  ];
}

function pairOf(clock: ClockPair, { tallies, surveys }: Matched, vantages: readonly Vantage[]): CapturePair {
  const { first, second, basis } = clock;
  const tally = tallies.of(first, second);
  const isKnown = basis !== 'unknown' && basis !== 'assumed';
  return {
    first: vantages[first]?.capture ?? 0,
    second: vantages[second]?.capture ?? 0,
    matched: tally.matched,
    missedByFirst: tally.missedByFirst,
    missedBySecond: tally.missedBySecond,
    clockOffsetMs: isKnown ? toMs(clock.offsetNs) : null,
    clockErrorMs: basis === 'same-node' || basis === 'measured' ? toMs(clock.errorNs) : null,
    thereMs: toMs(tally.thereNs),
    backMs: toMs(tally.backNs),
    problem: problemOf(tally.matched, [first, second], surveys, vantages),
  };
}

function problemOf(
  matched: number,
  pair: readonly [number, number],
  surveys: Matched['surveys'],
  vantages: readonly Vantage[],
): string {
  if (matched > 0) return '';
  const empty = pair.find((vantage) => surveys[vantage]?.packets === 0);
  if (empty !== undefined) return `${vantages[empty]?.name ?? ''} holds no packet that could be matched`;
  return 'no packet of one was found in the other: nothing went from one to the other, or a proxy between them (a service mesh) ended the connections and opened its own';
}

/** Milliseconds to the microsecond; null for what is no number. */
function toMs(timeNs: number): number | null {
  return Number.isFinite(timeNs) ? Math.round(timeNs / 1e3) / 1e3 : null;
}
