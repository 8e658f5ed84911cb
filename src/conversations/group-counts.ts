import type { Group } from './groups.ts';

/*
 * What every conversation adds to its group. The objects of a group lie all over the heap, some thirty cache lines: with
 * thousands of groups, waiting for them took a third of the time that short conversations cost. So sums lie together
 * here, six lines for each group, and are moved into the groups when a capture ends.
 */

/** Places of a group's sums, in doubles. */
export const Sum = {
  Conversations: 0,
  Packets: 1,
  PacketsFromServer: 2,
  Bytes: 3,
  FirstNs: 4,
  LastNs: 5,
  Answered: 6,
  LastAnsweredNs: 7,
  /** Longest time that a client let pass. */
  ClientNs: 8,
  /** Segments of each side, client first. */
  Data: 9,
  OutOfOrder: 11,
  Spurious: 13,
} as const;

/** Places of a group's small numbers, in words. */
const Small = {
  /** Sixteen: how often each {@link ConnectionState} was reached. */
  States: 30,
  ServerTtl: 46,
  /** The last history, and how often it came without another one in between. */
  History: 47,
  HistoryTimes: 51,
  /** Conversations whose durations wait. */
  Waiting: 52,
} as const;

/** Where durations wait, in doubles: handshake, round trip and server's time of one conversation, then of the next. */
const DURATIONS = 27;
/** Conversations whose durations are handed over together. */
const MOST_WAITING = 7;
/** Doubles of a group: six cache lines. */
const STRIDE = DURATIONS + 3 * MOST_WAITING;
/** Groups for which there is room at first; twice as many whenever that is not enough. */
const FIRST_ROOM = 256;

/** The sums of all groups of a capture. */
export class GroupCounts {
  #sums = new Float64Array(FIRST_ROOM * STRIDE);
  #words = new Int32Array(this.#sums.buffer);
  readonly #groups: readonly Group[];

  /** `groups`: where the sums go, by their places. */
  constructor(groups: readonly Group[]) {
    this.#groups = groups;
  }

  /** Begins the sums of a new group, which has the next place. */
  begin(group: number): void {
    const at = group * STRIDE;
    if (at >= this.#sums.length) this.#grow();
    this.#sums[at + Sum.FirstNs] = Number.POSITIVE_INFINITY;
    this.#sums[at + Sum.LastNs] = Number.NEGATIVE_INFINITY;
    this.#sums[at + Sum.LastAnsweredNs] = Number.NEGATIVE_INFINITY;
  }

  /** Adds to one {@link Sum}. */
  add(group: number, sum: number, value: number): void {
    const at = group * STRIDE + sum;
    this.#sums[at] = (this.#sums[at] as number) + value;
  }

  /** Keeps the larger value of one {@link Sum}. */
  raise(group: number, sum: number, value: number): void {
    const at = group * STRIDE + sum;
    if (value > (this.#sums[at] as number)) this.#sums[at] = value;
  }

  /** Counts packets between two times. */
  addPackets(
    group: number,
    packets: number,
    fromServer: number,
    bytes: number,
    firstNs: number,
    lastNs: number,
  ): void {
    const sums = this.#sums;
    const at = group * STRIDE;
    sums[at + Sum.Packets] = (sums[at + Sum.Packets] as number) + packets;
    sums[at + Sum.PacketsFromServer] = (sums[at + Sum.PacketsFromServer] as number) + fromServer;
    sums[at + Sum.Bytes] = (sums[at + Sum.Bytes] as number) + bytes;
    if (firstNs < (sums[at + Sum.FirstNs] as number)) sums[at + Sum.FirstNs] = firstNs;
    if (lastNs > (sums[at + Sum.LastNs] as number)) sums[at + Sum.LastNs] = lastNs;
  }

  /** Counts a connection that got as far as `state`, its place in CONNECTION_STATES. */
  addState(group: number, state: number): void {
    const at = group * STRIDE * 2 + Small.States + state;
    this.#words[at] = (this.#words[at] as number) + 1;
  }

  /** Notes the time to live of the server's last packet. */
  noteServerTtl(group: number, ttl: number): void {
    this.#words[group * STRIDE * 2 + Small.ServerTtl] = ttl;
  }

  /** Counts the history that begins at `from` in `words`. */
  addHistory(group: number, words: Int32Array, from: number): void {
    const own = this.#words;
    const at = group * STRIDE * 2;
    const history = at + Small.History;
    if (
      own[history] !== words[from] ||
      own[history + 1] !== words[from + 1] ||
      own[history + 2] !== words[from + 2] ||
      own[history + 3] !== words[from + 3]
    ) {
      this.#moveHistory(group);
      for (let word = 0; word < 4; word++) own[history + word] = words[from + word] as number;
    }
    own[at + Small.HistoryTimes] = (own[at + Small.HistoryTimes] as number) + 1;
  }

  /** Takes the durations of one conversation; NaN: not measured. */
  addDurations(group: number, handshakeNs: number, roundTripNs: number, serverNs: number): void {
    const waitingAt = group * STRIDE * 2 + Small.Waiting;
    const waiting = this.#words[waitingAt] as number;
    const at = group * STRIDE + DURATIONS + 3 * waiting;
    this.#sums[at] = handshakeNs;
    this.#sums[at + 1] = roundTripNs;
    this.#sums[at + 2] = serverNs;
    this.#words[waitingAt] = waiting + 1;
    if (waiting + 1 === MOST_WAITING) this.#moveDurations(group);
  }

  /** Moves all sums into the groups. */
  settle(): void {
    for (let group = 0; group < this.#groups.length; group++) {
      this.#moveHistory(group);
      this.#moveDurations(group);
      this.#moveSums(group);
    }
  }

  #grow(): void {
    const sums = new Float64Array(this.#sums.length * 2);
    sums.set(this.#sums);
    this.#sums = sums;
    this.#words = new Int32Array(sums.buffer);
  }

  #moveHistory(group: number): void {
    const words = this.#words;
    const at = group * STRIDE * 2;
    const times = words[at + Small.HistoryTimes] as number;
    if (times === 0) return;
    this.#groups[group]?.histories.add(words, at + Small.History, times);
    words[at + Small.HistoryTimes] = 0;
  }

  #moveDurations(group: number): void {
    const to = this.#groups[group] as Group;
    const sums = this.#sums;
    const waitingAt = group * STRIDE * 2 + Small.Waiting;
    const from = group * STRIDE + DURATIONS;
    const end = from + 3 * (this.#words[waitingAt] as number);
    for (let at = from; at < end; at += 3) to.handshakes.add(sums[at] as number);
    for (let at = from + 1; at < end; at += 3) to.roundTrips.add(sums[at] as number);
    for (let at = from + 2; at < end; at += 3) to.serverTimes.add(sums[at] as number);
    this.#words[waitingAt] = 0;
  }

  #moveSums(group: number): void {
    const to = this.#groups[group] as Group;
    const at = group * STRIDE;
    const sum = (place: number): number => this.#sums[at + place] as number;
    const small = (place: number): number => this.#words[at * 2 + place] as number;
    to.conversations = sum(Sum.Conversations);
    to.packets = sum(Sum.Packets);
    to.packetsFromServer = sum(Sum.PacketsFromServer);
    to.bytes = sum(Sum.Bytes);
    to.firstNs = sum(Sum.FirstNs);
    to.lastNs = sum(Sum.LastNs);
    to.answered = sum(Sum.Answered);
    to.lastAnsweredNs = sum(Sum.LastAnsweredNs);
    to.longestClientNs = sum(Sum.ClientNs);
    to.serverTtl = small(Small.ServerTtl);
    for (let state = 0; state < to.states.length; state++) to.states[state] = small(Small.States + state);
    for (const side of [0, 1] as const) {
      to.segments[side].data = sum(Sum.Data + side);
      to.segments[side].outOfOrder = sum(Sum.OutOfOrder + side);
      to.segments[side].spurious = sum(Sum.Spurious + side);
    }
  }
}
