import { ApplicationEvents } from '../applications/events.ts';
import type { ApplicationFollower } from '../applications/follower.ts';
import { addressText } from './address.ts';
import { Measure, Side, State, Word } from './conversation-table.ts';
import type { ConversationTable } from './conversation-table.ts';
import { endingOf } from './ending.ts';
import { finish, mix, RecordTable } from './record-table.ts';
import { Durations, Symptom, Tally } from './samples.ts';
import { foldSegments, SegmentTotals } from './segments.ts';
import type { ConversationJudge, ConversationView } from './view.ts';

/** Most groups; beyond them clients, then servers are put together. */
const MAX_GROUPS = 8192;
/** Kept free for servers whose clients are put together. */
const ROOM_FOR_SERVERS = 512;
/** Kept free for all the rest, one group for each IP version and protocol. */
const ROOM_FOR_THE_REST = 8;
/** Different addresses that are kept of those that answered in a server's place. */
const MAX_OTHERS = 8;

/** All conversations of one client with one server address and port, as the tables collect them. */
export class Group {
  readonly clientVersion: number;
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  conversations = 0;
  packets = 0;
  packetsFromServer = 0;
  bytes = 0;
  firstNs: number = Number.POSITIVE_INFINITY;
  lastNs: number = Number.NEGATIVE_INFINITY;
  answered = 0;
  pending = 0;
  unjudged = 0;
  readonly silent: Tally = new Tally();
  /** Of the silent attempts, those of which only one SYN was seen. */
  silentSingles = 0;
  silentSyns = 0;
  readonly refused: Tally = new Tally();
  readonly rejected: Tally = new Tally();
  readonly answeredByOther: Tally = new Tally();
  /** "address:port" of those that answered in the server's place. */
  readonly others: Set<string> = new Set();
  /** ICMP errors by "sender type code", with the count of attempts. */
  readonly icmp: Map<string, number> = new Map();
  readonly oneWay: Tally = new Tally();
  readonly unseen: Tally = new Tally();
  refusalTtl = 0;
  serverTtl = 0;
  readonly handshakes: Durations = new Durations();
  /** Round trips of data, one smoothed value for each conversation, that of its slower side. */
  readonly roundTrips: Durations = new Durations();
  /** Longest time to the server's answer, one for each conversation. */
  readonly serverTimes: Durations = new Durations();
  /** Segments from the client and from the server. */
  readonly segments: readonly [SegmentTotals, SegmentTotals] = [new SegmentTotals(), new SegmentTotals()];
  /** What the applications of its conversations said. */
  readonly events: ApplicationEvents = new ApplicationEvents();
  /** Names of those applications with the count of conversations. */
  readonly applications: Map<string, number> = new Map();
  /** What judges counted, by the id of their finding. */
  readonly symptoms: Map<string, Symptom> = new Map();
  /** When the latest of the attempts began that were answered, to tell "now it works" from "still broken". */
  lastAnsweredNs: number = Number.NEGATIVE_INFINITY;

  constructor(version: number, client: string, server: string, port: number, protocol: 'TCP' | 'UDP') {
    this.clientVersion = version;
    this.client = client;
    this.server = server;
    this.port = port;
    this.protocol = protocol;
  }

  /** The symptom of that id, begun if it is new. */
  symptom(id: string): Symptom {
    const known = this.symptoms.get(id);
    if (known !== undefined) return known;
    const symptom = new Symptom();
    this.symptoms.set(id, symptom);
    return symptom;
  }
}

/** The groups of a capture, found by the words of a conversation's record without making strings. */
export class GroupTable {
  /** In order of their first conversation's end. */
  readonly groups: Group[] = [];
  readonly #records: RecordTable;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    // Never full, so nothing is ever evicted: `of` merges before that.
    this.#records = new RecordTable(MAX_GROUPS, 10, () => undefined);
  }

  /** The group of a conversation. */
  of(table: ConversationTable, index: number): Group {
    const at = table.base(index);
    const { words } = table.records;
    const room = MAX_GROUPS - this.#records.count;
    return (
      this.#find(words, at, 0, true, room > ROOM_FOR_SERVERS) ??
      this.#find(words, at, 1, false, room > ROOM_FOR_THE_REST) ??
      (this.#find(words, at, 2, false, true) as Group)
    );
  }

  /** `merge` 0: by client and server; 1: any client; 2: everything else, by protocol alone. */
  #find(
    words: Int32Array,
    at: number,
    merge: number,
    withClient: boolean,
    mayAdd: boolean,
  ): Group | undefined {
    const meta = (words[at + Word.Meta] as number) | (merge << 16);
    const port = merge === 2 ? 0 : (words[at + Word.Ports] as number) & 0xffff;
    let hash = mix(mix(this.#seed, meta), port);
    if (withClient)
      for (let word = 0; word < 4; word++) hash = mix(hash, words[at + Word.Client + word] as number);
    if (merge < 2)
      for (let word = 0; word < 4; word++) hash = mix(hash, words[at + Word.Server + word] as number);
    hash = finish(hash);
    for (let index = this.#records.first(hash); index >= 0; index = this.#records.next(index)) {
      if (this.#same(index, words, at, meta, port, withClient, merge < 2)) return this.groups[index];
    }
    return mayAdd ? this.#add(hash, words, at, meta, port, withClient, merge < 2) : undefined;
  }

  #same(
    index: number,
    words: Int32Array,
    at: number,
    meta: number,
    port: number,
    withClient: boolean,
    withServer: boolean,
  ): boolean {
    const key = this.#records.words;
    const keyAt = index * 10;
    if (key[keyAt + 8] !== port || key[keyAt + 9] !== meta) return false;
    for (let word = 0; word < 4; word++) {
      if (key[keyAt + word] !== (withClient ? words[at + Word.Client + word] : 0)) return false;
      if (key[keyAt + 4 + word] !== (withServer ? words[at + Word.Server + word] : 0)) return false;
    }
    return true;
  }

  #add(
    hash: number,
    words: Int32Array,
    at: number,
    meta: number,
    port: number,
    withClient: boolean,
    withServer: boolean,
  ): Group {
    const index = this.#records.insert(hash);
    const key = this.#records.words;
    const keyAt = index * 10;
    for (let word = 0; word < 4; word++) {
      key[keyAt + word] = withClient ? (words[at + Word.Client + word] as number) : 0;
      key[keyAt + 4 + word] = withServer ? (words[at + Word.Server + word] as number) : 0;
    }
    key[keyAt + 8] = port;
    key[keyAt + 9] = meta;
    const version = meta & 0xff;
    const text = (from: number): string =>
      addressText(
        version,
        key[from] as number,
        key[from + 1] as number,
        key[from + 2] as number,
        key[from + 3] as number,
      );
    const protocol = ((meta >>> 8) & 0xff) === 17 ? 'UDP' : 'TCP';
    const group = new Group(
      version,
      withClient ? text(keyAt) : '*',
      withServer ? text(keyAt + 4) : '*',
      port,
      protocol,
    );
    this.groups[index] = group;
    return group;
  }
}

/** A SYN that nobody answered is judged at this age if it was sent only once. */
const SINGLE_SYN_NS = 3e9;
/** A UDP request without a reply is judged at this age. */
const UDP_REQUEST_NS = 1.5e9;

/** Folds a conversation that is over, or that has to make room, into its group. */
export function foldConversation(
  groups: GroupTable,
  table: ConversationTable,
  index: number,
  endNs: number,
  view: ConversationView,
  judges: readonly ConversationJudge[],
  follower: ApplicationFollower,
): void {
  const at = table.base(index);
  const { words } = table.records;
  const state = words[at + Word.State] as number;
  if ((state & State.Shadow) !== 0) return;
  const numberAt = table.numberBase(index);
  const firstNs = table.numbers[numberAt + Measure.First] as number;
  const lastNs = table.numbers[numberAt + Measure.Last] as number;
  const group = groups.of(table, index);
  group.conversations++;
  group.packets +=
    (words[at + Word.Direction0 + Side.Packets] as number) +
    (words[at + Word.Direction1 + Side.Packets] as number);
  group.packetsFromServer += words[at + Word.Direction1 + Side.Packets] as number;
  group.bytes += table.numbers[numberAt + Measure.Bytes] as number;
  if (firstNs < group.firstNs) group.firstNs = firstNs;
  if (lastNs > group.lastNs) group.lastNs = lastNs;
  if ((words[at + Word.ServerTtl] as number) !== 0) group.serverTtl = words[at + Word.ServerTtl] as number;
  if (group.protocol === 'UDP') foldUdp(group, words, at, state, firstNs, lastNs, endNs);
  else foldTcp(group, table, index, state, firstNs, lastNs, endNs);
  view.set(index, group, endNs);
  const place = words[at + Word.Application] as number;
  if (place > 0) {
    const name = follower.nameAt(place);
    group.applications.set(name, (group.applications.get(name) ?? 0) + 1);
    follower.end(place, endingOf(view));
  }
  if (group.protocol === 'TCP') foldSegments(view);
  for (const judge of judges) judge(view);
}

function foldUdp(
  group: Group,
  words: Int32Array,
  at: number,
  state: number,
  firstNs: number,
  lastNs: number,
  endNs: number,
): void {
  if ((words[at + Word.Direction1 + Side.Packets] as number) > 0) group.answered++;
  else if ((state & State.Rejected) !== 0) foldRejected(group, words, at, firstNs, lastNs);
  else if (endNs - firstNs < UDP_REQUEST_NS) group.pending++;
  else group.silent.add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
}

function foldTcp(
  group: Group,
  table: ConversationTable,
  index: number,
  state: number,
  firstNs: number,
  lastNs: number,
  endNs: number,
): void {
  const at = table.base(index);
  const { words } = table.records;
  const synCount = words[at + Word.SynCount] as number;
  const firstSynFrame = words[at + Word.FirstSynFrame] as number;
  foldCaptureLoss(group, words, at, state, firstNs, lastNs);
  const oneWay = isOneWay(words, at, state);
  if (oneWay) group.oneWay.add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
  if ((state & State.Syn) === 0) {
    if ((state & State.SynAck) !== 0) group.answered++;
    else group.unjudged++;
  } else if ((state & (State.SynAck | State.ServerSpoke)) !== 0) {
    group.answered++;
    group.lastAnsweredNs = Math.max(group.lastAnsweredNs, firstNs);
    if (synCount === 1)
      group.handshakes.add(table.numbers[table.numberBase(index) + Measure.HandshakeNs] as number);
  } else if ((state & State.Refused) !== 0) {
    group.refusalTtl = words[at + Word.RefusalTtl] as number;
    group.refused.add(firstNs, lastNs, firstSynFrame, words[at + Word.AnswerFrame] as number);
  } else if ((state & State.Rejected) !== 0) foldRejected(group, words, at, firstNs, lastNs);
  else if ((state & State.AnsweredByOther) !== 0) foldOther(group, words, at, firstNs, lastNs);
  else if (oneWay || (state & (State.ClientReset | State.ServerReset)) !== 0) group.unjudged++;
  else if (synCount >= 2 || endNs - firstNs >= SINGLE_SYN_NS) {
    group.silent.add(
      firstNs,
      lastNs,
      firstSynFrame,
      words[at + Word.SecondSynFrame] as number,
      words[at + Word.LastSynFrame] as number,
    );
    group.silentSyns += synCount;
    if (synCount === 1) group.silentSingles++;
  } else group.pending++;
}

function otherAddress(words: Int32Array, at: number): string {
  const version = (words[at + Word.Meta] as number) & 0xff;
  const word = (i: number): number => words[at + Word.Other + i] as number;
  return addressText(version, word(0), word(1), word(2), word(3));
}

function foldRejected(group: Group, words: Int32Array, at: number, firstNs: number, lastNs: number): void {
  group.rejected.add(
    firstNs,
    lastNs,
    words[at + Word.FirstFrame] as number,
    words[at + Word.AnswerFrame] as number,
  );
  const typeCode = words[at + Word.IcmpTypeCode] as number;
  const key = `${otherAddress(words, at)} ${typeCode >>> 16} ${typeCode & 0xffff}`;
  if (group.icmp.has(key) || group.icmp.size < MAX_OTHERS)
    group.icmp.set(key, (group.icmp.get(key) ?? 0) + 1);
}

function foldOther(group: Group, words: Int32Array, at: number, firstNs: number, lastNs: number): void {
  group.answeredByOther.add(
    firstNs,
    lastNs,
    words[at + Word.FirstSynFrame] as number,
    words[at + Word.AnswerFrame] as number,
  );
  const address = otherAddress(words, at);
  const port = words[at + Word.OtherPort] as number;
  if (group.others.size < MAX_OTHERS)
    group.others.add(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
}

/**
 * One direction is missing, wholly or where it matters: the client went on after its SYN and no SYN-ACK was
 * captured, or one side sent data for long and nothing came back.
 */
function isOneWay(words: Int32Array, at: number, state: number): boolean {
  const fromClient = words[at + Word.Direction0 + Side.Packets] as number;
  const fromServer = words[at + Word.Direction1 + Side.Packets] as number;
  if ((state & State.Syn) !== 0) return (state & State.ClientWentOn) !== 0 && (state & State.SynAck) === 0;
  if (fromClient > 0 && fromServer > 0) return false;
  const advances =
    (words[at + Word.Direction0 + Side.Advances] as number) +
    (words[at + Word.Direction1 + Side.Advances] as number);
  return advances >= 3;
}

/** Data that the receiver acknowledged but the capture never showed: the capture lost it, not the network. */
function foldCaptureLoss(
  group: Group,
  words: Int32Array,
  at: number,
  state: number,
  firstNs: number,
  lastNs: number,
): void {
  let unseen = 0;
  for (let side = 0; side < 2; side++) {
    const own = at + (side === 0 ? Word.Direction0 : Word.Direction1);
    const peer = at + (side === 0 ? Word.Direction1 : Word.Direction0);
    unseen += words[own + Side.Unseen] as number;
    const ackKnown = (state & (side === 0 ? State.AckKnown1 : State.AckKnown0)) !== 0;
    const seqKnown = (state & (side === 0 ? State.SeqKnown0 : State.SeqKnown1)) !== 0;
    if (!ackKnown || !seqKnown) continue;
    const maxAck = words[peer + Side.MaxAck] as number;
    const hole = (state & (side === 0 ? State.Hole0 : State.Hole1)) !== 0;
    if (hole && ((maxAck - (words[own + Side.HoleEnd] as number)) | 0) >= 0) unseen++;
    else if (((maxAck - (words[own + Side.NextSeq] as number)) | 0) > 0) unseen++;
  }
  if (unseen > 0) group.unseen.add(firstNs, lastNs, words[at + Word.FirstFrame] as number);
}
