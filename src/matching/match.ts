import { compareClocks, timelineOf } from './clock.ts';
import type { ClockPair, Timeline } from './clock.ts';
import { noteMiss, wasRepeated } from './flow.ts';
import type { Flow } from './flow.ts';
import { isAcknowledged, Losses } from './losses.ts';
import { mergeInOrder } from './merge.ts';
import { PairTallies } from './pair-tally.ts';
import { PassageIndex } from './passage.ts';
import type { Passage, Place } from './passage.ts';
import type { Sighting } from './sighting.ts';
import { survey } from './survey.ts';
import type { Survey } from './survey.ts';
import { Trail } from './trail.ts';
import type { Origin } from './trail.ts';
import type { Vantage } from './vantage.ts';

/** A packet that is under way for longer than this does not come any more. */
const LONGEST_WAY_NS = 10e9;
/** Packets under way at once: at 100,000 in a second those of a third of it; beyond them the oldest are over earlier. */
const MAX_OPEN = 1 << 15;
/** A packet that had to make room earlier than this may still come. */
const SHORTEST_WAIT_NS = 250e6;
/** A packet that was sent so shortly before the other capture's last packet may have come after its end. */
const END_NS = 1e9;

/** What was found in several captures of one incident. */
export interface Matched {
  readonly surveys: readonly Survey[];
  readonly clocks: readonly ClockPair[];
  readonly timeline: Timeline;
  readonly tallies: PairTallies;
  readonly losses: Losses;
  readonly origin: Origin;
}

/**
 * Finds the packets of several captures in each other: reads each capture twice, first for its clock, then all side by
 * side on one line of time. At most 30 vantage points. `seed` protects the tables from hostile captures.
 */
export async function matchVantages(vantages: readonly Vantage[], seed: number): Promise<Matched> {
  const origin: Origin = { seconds: Number.NaN };
  const surveys: Survey[] = [];
  for (const [index, vantage] of vantages.entries()) surveys.push(await survey(vantage, index, seed, origin));
  const clocks = vantages.flatMap((_, first) =>
    vantages
      .keys()
      .drop(first + 1)
      .map((second) => compareClocks([first, second], vantages, surveys))
      .toArray(),
  );
  const timeline = timelineOf(vantages.length, clocks);
  const matcher = new Matcher(surveys, timeline, seed);
  const trails = vantages.map(
    (vantage, index) =>
      new Trail(vantage, index, { seed, origin, evict: (flow) => matcher.flowIsOver(flow) }),
  );
  await mergeInOrder(
    trails.map((trail) => trail.batches()),
    timeline.offsetsNs,
    (sighting, timeNs) => matcher.take(sighting, timeNs),
  );
  for (const trail of trails) trail.end();
  matcher.end();
  return { surveys, clocks, timeline, tallies: matcher.tallies, losses: matcher.losses, origin };
}

/** Follows packets from place to place, and judges those that are over. */
class Matcher {
  readonly tallies: PairTallies = new PairTallies();
  readonly losses: Losses;
  readonly #index: PassageIndex;
  readonly #surveys: readonly Survey[];
  readonly #timeline: Timeline;
  /** Oldest first from `#start` on. */
  #open: Passage[] = [];
  #start = 0;

  constructor(surveys: readonly Survey[], timeline: Timeline, seed: number) {
    this.#surveys = surveys;
    this.#timeline = timeline;
    this.#index = new PassageIndex(seed);
    this.losses = new Losses(surveys);
  }

  take(sighting: Sighting, timeNs: number): void {
    const passage = this.#index.add(sighting, timeNs);
    if (passage !== undefined) {
      sighting.flow.open++;
      this.#open.push(passage);
    }
    while (this.#open.length - this.#start > MAX_OPEN || this.#isOldestOver(timeNs))
      this.#settleOldest(timeNs);
  }

  /** All packets have been taken. */
  end(): void {
    while (this.#start < this.#open.length) this.#settleOldest(Number.POSITIVE_INFINITY);
  }

  /** A flow whose packets are not judged yet waits for that. */
  flowIsOver(flow: Flow): void {
    flow.isEvicted = true;
    if (flow.open === 0) this.losses.take(flow);
  }

  #isOldestOver(nowNs: number): boolean {
    const oldest = this.#open[this.#start]?.places[0];
    return oldest !== undefined && nowNs - oldest.timeNs > LONGEST_WAY_NS;
  }

  #settleOldest(nowNs: number): void {
    const passage = this.#open[this.#start++] as Passage;
    if (this.#start > MAX_OPEN / 4) {
      this.#open = this.#open.slice(this.#start);
      this.#start = 0;
    }
    this.#judge(passage, nowNs);
    const { flow } = passage.places[0] as Place;
    this.#index.remove(passage);
    flow.open--;
    if (flow.isEvicted && flow.open === 0) this.losses.take(flow);
  }

  #judge(passage: Passage, nowNs: number): void {
    const first = passage.places[0] as Place;
    const last = lastPlace(passage);
    const mayStillCome = nowNs - last.timeNs < SHORTEST_WAIT_NS;
    const unseen = mayStillCome ? 0 : this.#listening(passage, last.timeNs);
    this.tallies.take(passage, unseen);
    // A bare acknowledgment is not sent again when it is lost, and means nothing on its own.
    if (passage.part === 'other') return;
    const direction = first.flow.directions[first.direction];
    direction.asked++;
    for (let at = 1; at < passage.count; at++) {
      const { vantage } = passage.places[at] as Place;
      if ((passage.seen & (1 << vantage)) !== 0)
        direction.arrived.set(vantage, (direction.arrived.get(vantage) ?? 0) + 1);
    }
    if (unseen === 0) return;
    const isAcked =
      first.flow.isTcp &&
      isAcknowledged(direction, passage.end) &&
      !wasRepeated(direction, passage.begin, passage.end);
    const isHandshake = passage.part === 'syn' || passage.part === 'syn-ack';
    noteMiss(
      direction,
      {
        seen: passage.seen,
        unseen,
        isAcked,
        count: 1,
        syns: isHandshake ? 1 : 0,
        firstNs: last.timeNs,
        lastNs: last.timeNs,
        lastSeenAt: last.vantage,
      },
      last.frame,
    );
  }

  /** Places that did not see it although they captured before and after, whatever the clocks' error. */
  #listening({ seen, places }: Passage, timeNs: number): number {
    let listening = 0;
    const from = places[0]?.vantage ?? 0;
    for (let vantage = 0; vantage < this.#surveys.length; vantage++) {
      if ((seen & (1 << vantage)) !== 0) continue;
      const { firstNs, lastNs } = this.#surveys[vantage] as Survey;
      const offsetNs = this.#timeline.offsetsNs[vantage] ?? 0;
      const errorNs = this.#timeline.errorNs(from, vantage);
      const isAfterBegin = timeNs - errorNs >= firstNs - offsetNs;
      if (isAfterBegin && timeNs + errorNs + END_NS <= lastNs - offsetNs) listening |= 1 << vantage;
    }
    return listening;
  }
}

/** The last place that saw all of it. */
function lastPlace({ places, count, seen }: Passage): Place {
  for (let at = count - 1; at > 0; at--) {
    const place = places[at] as Place;
    if ((seen & (1 << place.vantage)) !== 0) return place;
  }
  return places[0] as Place;
}
