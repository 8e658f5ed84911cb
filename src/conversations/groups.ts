import { ApplicationEvents, type DurationSample } from '../applications/events.ts';
import { addressText } from './address.ts';
import { Word } from './conversation-record.ts';
import { CONNECTION_STATES } from './connection-state.ts';
import type { ConversationTable } from './conversation-table.ts';
import { GroupCounts } from './group-counts.ts';
import { Histories } from './history.ts';
import { finish, mix, RecordTable } from './record-table.ts';
import { Durations, NO_TALLY, Symptom, Tally } from './samples.ts';
import { SegmentTotals } from './segments.ts';

/** Most groups; beyond them clients, then servers are put together. */
const MAX_GROUPS = 8192;
/** Kept free for servers whose clients are put together. */
const ROOM_FOR_SERVERS = 512;
/** Kept free for all the rest, one group for each IP version and protocol. */
const ROOM_FOR_THE_REST = 8;
/** Most events of applications whose durations are sampled, all groups together; some 3 MB. */
const MAX_SAMPLED_EVENTS = 4096;

/*
 * Thousands of groups count nothing of most kinds: they share what is empty, which is most of what a group would take.
 */
const NO_COUNTS: ReadonlyMap<string, number> = new Map();
const NO_NAMES: ReadonlySet<string> = new Set();
const NO_SYMPTOMS: ReadonlyMap<string, Symptom> = new Map();

type TallyName = 'silent' | 'refused' | 'rejected' | 'answeredByOther' | 'oneWay' | 'unseen';

/**
 * All conversations of one client with one server address and port, as the tables collect them. What every conversation
 * adds is in {@link GroupCounts} until the capture ends.
 */
export class Group {
  readonly clientVersion: number;
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  conversations = 0;
  /** Client's port of the conversation that is being folded. */
  clientPort = 0;
  packets = 0;
  packetsFromServer = 0;
  bytes = 0;
  firstNs: number = Number.POSITIVE_INFINITY;
  lastNs: number = Number.NEGATIVE_INFINITY;
  answered = 0;
  pending = 0;
  unjudged = 0;
  /** How far the TCP connections got, with their count. */
  readonly states: number[] = CONNECTION_STATES.map(() => 0);
  readonly histories: Histories = new Histories();
  silent: Tally = NO_TALLY;
  /** Of the silent attempts, those of which only one SYN was seen. */
  silentSingles = 0;
  silentSyns = 0;
  refused: Tally = NO_TALLY;
  rejected: Tally = NO_TALLY;
  answeredByOther: Tally = NO_TALLY;
  /** "address:port" of those that answered in the server's place. */
  others: ReadonlySet<string> = NO_NAMES;
  /** ICMP errors by "sender type code", with the count of attempts. */
  icmp: ReadonlyMap<string, number> = NO_COUNTS;
  oneWay: Tally = NO_TALLY;
  unseen: Tally = NO_TALLY;
  refusalTtl = 0;
  serverTtl = 0;
  readonly handshakes: Durations = new Durations();
  /** Round trips of data, one smoothed value for each conversation, that of its slower side. */
  readonly roundTrips: Durations = new Durations();
  /** Longest time to the server's answer, one for each conversation. */
  readonly serverTimes: Durations = new Durations();
  /** Longest time that a client let pass before it sent its next data. */
  longestClientNs = 0;
  /** Segments from the client and from the server. */
  readonly segments: readonly [SegmentTotals, SegmentTotals] = [new SegmentTotals(), new SegmentTotals()];
  /** What the applications of its conversations said. */
  readonly events: ApplicationEvents;
  /** Names of those applications with the count of conversations. */
  applications: ReadonlyMap<string, number> = NO_COUNTS;
  /** What judges counted, by the id of their finding. */
  symptoms: ReadonlyMap<string, Symptom> = NO_SYMPTOMS;
  /** When the latest of the attempts began that were answered, to tell "now it works" from "still broken". */
  lastAnsweredNs: number = Number.NEGATIVE_INFINITY;

  constructor(
    version: number,
    client: string,
    server: string,
    port: number,
    protocol: 'TCP' | 'UDP',
    newSample: () => DurationSample | undefined,
  ) {
    this.clientVersion = version;
    this.client = client;
    this.server = server;
    this.port = port;
    this.protocol = protocol;
    this.events = new ApplicationEvents(newSample);
  }

  /** The symptom of that id, begun if it is new. */
  symptom(id: string): Symptom {
    const known = this.symptoms.get(id);
    if (known !== undefined) return known;
    const symptom = new Symptom();
    symptom.clientPort = this.clientPort;
    if (this.symptoms === NO_SYMPTOMS) this.symptoms = new Map();
    (this.symptoms as Map<string, Symptom>).set(id, symptom);
    return symptom;
  }

  /** The tally of that name, to add to. */
  tally(name: TallyName): Tally {
    if (this[name] === NO_TALLY) this[name] = new Tally();
    return this[name];
  }

  /** Counts one more of a kind; beyond `most` kinds only those that are known. */
  count(what: 'icmp' | 'applications', kind: string, most: number): void {
    const before = this[what].get(kind);
    if (before === undefined && this[what].size >= most) return;
    if (this[what] === NO_COUNTS) this[what] = new Map();
    (this[what] as Map<string, number>).set(kind, (before ?? 0) + 1);
  }

  /** Notes who answered in the server's place; beyond `most` nobody else. */
  noteOther(name: string, most: number): void {
    if (this.others === NO_NAMES) this.others = new Set();
    if (this.others.size < most) (this.others as Set<string>).add(name);
  }
}

/** The groups of a capture, found by the words of a conversation's record without making strings. */
export class GroupTable {
  /** In order of their first conversation's end. */
  readonly groups: Group[] = [];
  readonly counts: GroupCounts = new GroupCounts(this.groups);
  readonly #records: RecordTable;
  readonly #seed: number;
  #sampledEvents = 0;
  readonly #newSample = (): Durations | undefined =>
    this.#sampledEvents++ < MAX_SAMPLED_EVENTS ? new Durations() : undefined;

  constructor(seed: number) {
    this.#seed = seed;
    // Never full, so nothing is ever evicted: `of` merges before that.
    this.#records = new RecordTable(MAX_GROUPS, 10, () => undefined);
  }

  /** Place of a conversation's group in {@link groups}. */
  placeOf(table: ConversationTable, index: number): number {
    const at = table.base(index);
    const { words } = table.records;
    const room = MAX_GROUPS - this.#records.count;
    const own = this.#find(words, at, 0, true, room > ROOM_FOR_SERVERS);
    if (own >= 0) return own;
    const ofServer = this.#find(words, at, 1, false, room > ROOM_FOR_THE_REST);
    return ofServer >= 0 ? ofServer : this.#find(words, at, 2, false, true);
  }

  /** `merge` 0: by client and server; 1: any client; 2: everything else, by protocol alone. -1: there is none. */
  #find(words: Int32Array, at: number, merge: number, withClient: boolean, mayAdd: boolean): number {
    const meta = ((words[at + Word.Meta] as number) & 0xffff) | (merge << 16);
    const port = merge === 2 ? 0 : (words[at + Word.Ports] as number) & 0xffff;
    let hash = mix(mix(this.#seed, meta), port);
    if (withClient)
      for (let word = 0; word < 4; word++) hash = mix(hash, words[at + Word.Client + word] as number);
    if (merge < 2)
      for (let word = 0; word < 4; word++) hash = mix(hash, words[at + Word.Server + word] as number);
    hash = finish(hash);
    for (let index = this.#records.first(hash); index >= 0; index = this.#records.next(index)) {
      if (this.#same(index, words, at, meta, port, withClient, merge < 2)) return index;
    }
    return mayAdd ? this.#add(hash, words, at, meta, port, withClient, merge < 2) : -1;
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
  ): number {
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
      this.#newSample,
    );
    this.groups[index] = group;
    this.counts.begin(index);
    return index;
  }
}
