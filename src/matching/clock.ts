import type { Flow } from './flow.ts';
import type { Sample, Survey } from './survey.ts';
import type { Vantage } from './vantage.ts';

/** Clocks that were only compared in one direction may differ by a packet's time on the way. */
const ONE_WAY_ERROR_NS = 1e9;
/** Nodes of a cluster keep their clocks by NTP; certificates and leases would fail long before this. */
const ASSUMED_ERROR_NS = 2e9;
/** One clock cannot differ from itself by more than it takes to stamp a packet. */
const SAME_CLOCK_NS = 1e6;

/** How two vantage points' clocks stand to each other. */
export interface ClockPair {
  readonly first: number;
  readonly second: number;
  /** The second's clock minus the first's. */
  readonly offsetNs: number;
  /** The offset is within this of the truth; infinite: nothing is known. */
  readonly errorNs: number;
  /** - `same-node`: one clock. - `measured`: from packets that went both ways. - `assumed`: not proven. */
  readonly basis: 'same-node' | 'measured' | 'one-way' | 'assumed' | 'unknown';
}

/** Times in all vantage points' clocks, put on one line. */
export interface Timeline {
  /** What is to be subtracted from each vantage point's times. */
  readonly offsetsNs: readonly number[];
  /** How far the order of two vantage points' packets may be wrong; infinite: not known. */
  errorNs(first: number, second: number): number;
  /** Whether the order of two vantage points' packets is proven. */
  isProven(first: number, second: number): boolean;
}

/** Compares two vantage points' clocks by the packets that both have seen. */
export function compareClocks(
  [first, second]: readonly [number, number],
  vantages: readonly Vantage[],
  surveys: readonly Survey[],
): ClockPair {
  const [a, b] = [surveys[first] as Survey, surveys[second] as Survey];
  const nodes = [vantages[first]?.node ?? '', vantages[second]?.node ?? ''];
  const isSameNode = nodes[0] !== '' && nodes[0] === nodes[1];
  const { there, back } = delays(a, b);
  const highest = least(there);
  const lowest = -least(back.map((delay) => -delay));
  const pair = { first, second };
  if (
    isSameNode &&
    (there.length === 0 || (highest > -SAME_CLOCK_NS && highest < ONE_WAY_ERROR_NS)) &&
    (back.length === 0 || (lowest < SAME_CLOCK_NS && lowest > -ONE_WAY_ERROR_NS))
  )
    return { ...pair, offsetNs: 0, errorNs: 0, basis: 'same-node' };
  if (there.length > 0 && back.length > 0)
    return {
      ...pair,
      offsetNs: (highest + lowest) / 2,
      errorNs: Math.abs(highest - lowest) / 2,
      basis: 'measured',
    };
  if (there.length + back.length > 0)
    return {
      ...pair,
      offsetNs: there.length > 0 ? highest : lowest,
      errorNs: ONE_WAY_ERROR_NS,
      basis: 'one-way',
    };
  return nodes.every((node) => node !== '')
    ? { ...pair, offsetNs: 0, errorNs: ASSUMED_ERROR_NS, basis: 'assumed' }
    : { ...pair, offsetNs: 0, errorNs: Number.POSITIVE_INFINITY, basis: 'unknown' };
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
}

/** A packet that both places saw. */
interface Shared {
  readonly atFirst: Sample;
  readonly atSecond: Sample;
  readonly differenceNs: number;
}

/** Second's time minus first's time, of packets that passed the first before the second, and the other way round. */
function delays(a: Survey, b: Survey): { there: readonly number[]; back: readonly number[] } {
  const flows = new Map<Flow, [Shared[], Shared[]]>();
  for (const [name, atFirst] of a.samples) {
    const atSecond = b.samples.get(name);
    if (atSecond === undefined) continue;
    const both = flows.get(atFirst.flow) ?? [[], []];
    flows.set(atFirst.flow, both);
    both[atFirst.direction].push({ atFirst, atSecond, differenceNs: atSecond.timeNs - atFirst.timeNs });
  }
  const there: number[] = [];
  const back: number[] = [];
  for (const both of flows.values())
    for (const direction of [0, 1] as const) {
      const shared = both[direction];
      const order = orderByTtl(shared) || orderByHome(shared, a, b) || orderByTimes(both, direction);
      const list = order > 0 ? there : back;
      if (order !== 0) list.push(...shared.map(({ differenceNs }) => differenceNs));
    }
  return { there, back };
}

/** Positive: from first to second. Routers count the time to live down. */
function orderByTtl(shared: readonly Shared[]): number {
  const [one] = shared;
  return one === undefined ? 0 : one.atFirst.ttl - one.atSecond.ttl;
}

/** A packet begins where its source is at home and ends where its destination is. */
function orderByHome(shared: readonly Shared[], a: Survey, b: Survey): number {
  const [one] = shared;
  if (one === undefined) return 0;
  const { atFirst, atSecond } = one;
  if (a.home.has(atFirst.flow.address(atFirst.direction))) return 1;
  if (b.home.has(atSecond.flow.address(atSecond.direction))) return -1;
  if (b.home.has(atSecond.flow.address(atSecond.direction === 0 ? 1 : 0))) return 1;
  return a.home.has(atFirst.flow.address(atFirst.direction === 0 ? 1 : 0)) ? -1 : 0;
}

/** Time passes on the way: of both directions the one with the larger difference goes from first to second. */
function orderByTimes(both: readonly [readonly Shared[], readonly Shared[]], direction: 0 | 1): number {
  if (both[0].length === 0 || both[1].length === 0) return 0;
  const middles = both.map((shared) => median(shared.map(({ differenceNs }) => differenceNs)));
  const difference = (middles[0] ?? 0) - (middles[1] ?? 0);
  return direction === 0 ? difference : -difference;
}

/** Middle value; NaN without numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** Puts all clocks on one line by the surest comparisons. */
export function timelineOf(count: number, pairs: readonly ClockPair[]): Timeline {
  const offsetsNs = Array.from({ length: count }, () => 0);
  const errorsNs = Array.from({ length: count }, () => 0);
  const isOneWay = Array.from({ length: count }, () => false);
  const groups = Array.from({ length: count }, (_, index) => index);
  const known = new Map(pairs.map((pair) => [`${pair.first},${pair.second}`, pair]));
  for (const pair of pairs
    .filter(({ errorNs }) => errorNs < Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a.errorNs - b.errorNs)) {
    const [from = 0, joined = 0] = [groups[pair.first], groups[pair.second]];
    if (from === joined) continue;
    const moveNs = (offsetsNs[pair.first] ?? 0) + pair.offsetNs - (offsetsNs[pair.second] ?? 0);
    const errorNs = (errorsNs[pair.first] ?? 0) + pair.errorNs + (errorsNs[pair.second] ?? 0);
    for (let index = 0; index < count; index++) {
      if (groups[index] !== joined) continue;
      groups[index] = from;
      offsetsNs[index] = (offsetsNs[index] ?? 0) + moveNs;
      errorsNs[index] = (errorsNs[index] ?? 0) + errorNs;
      isOneWay[index] ||= pair.basis === 'one-way' || pair.basis === 'assumed';
    }
  }
  // The first vantage point keeps its own time.
  const [baseNs = 0] = offsetsNs;
  const pairOf = (a: number, b: number): ClockPair | undefined =>
    known.get(`${Math.min(a, b)},${Math.max(a, b)}`);
  const errorNs = (a: number, b: number): number => {
    if (a === b) return 0;
    if (groups[a] !== groups[b]) return Number.POSITIVE_INFINITY;
    const through = (errorsNs[a] ?? 0) + (errorsNs[b] ?? 0);
    return Math.min(pairOf(a, b)?.errorNs ?? Number.POSITIVE_INFINITY, through);
  };
  return {
    offsetsNs: offsetsNs.map((offset) => offset - baseNs),
    errorNs,
    isProven: (a, b) => {
      const basis = pairOf(a, b)?.basis;
      if (a === b || basis === 'same-node' || basis === 'measured') return true;
      return groups[a] === groups[b] && isOneWay[a] !== true && isOneWay[b] !== true;
    },
  };
}
