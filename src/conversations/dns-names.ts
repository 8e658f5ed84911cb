import { addressText } from './address.ts';
import { OTHER_NAMES } from './name-pool.ts';
import { finish, mix, RecordTable } from './record-table.ts';
import type { DnsTruncation } from './dns-truncation.ts';
import { Durations, NO_TALLY, Symptom, Tally } from './samples.ts';

/** Most combinations of client, server, name and type that are counted apart. */
const MAX_NAMES = 8192;
/** Key: client and server in four words each, name id, IP version and record type. */
const STRIDE = 10;

/** Most answerers, and senders of ICMP errors, that are kept of a name. */
const MAX_NOTED = 8;
/** Most names have none: they share it. */
const NOBODY: ReadonlySet<string> = new Set();

/** All queries of one client to one server for one name and type. */
export class DnsName {
  readonly client: string;
  readonly server: string;
  readonly nameId: number;
  readonly type: number;
  queries = 0;
  /** Queries over TCP. */
  overTcp = 0;
  noError = 0;
  /** NOERROR without an answer record: the name exists, this type of record does not. */
  noData = 0;
  nxdomain: Tally = NO_TALLY;
  servfail: Tally = NO_TALLY;
  refused: Tally = NO_TALLY;
  otherError: Tally = NO_TALLY;
  unanswered: Tally = NO_TALLY;
  rejected: Tally = NO_TALLY;
  answeredByOther: Tally = NO_TALLY;
  others: ReadonlySet<string> = NOBODY;
  /** Senders of ICMP errors, as "address type code". */
  icmp: ReadonlySet<string> = NOBODY;
  pending = 0;
  retried = 0;
  firstNs: number = Number.POSITIVE_INFINITY;
  lastNs: number = Number.NEGATIVE_INFINITY;
  readonly answers: Durations = new Durations();
  readonly nxdomainAnswers: Durations = new Durations();
  /** Only where an answer was cut short. */
  truncation: DnsTruncation | undefined;
  /** What is rare, by name; made when it is first seen. */
  #symptoms: Map<string, Symptom> | undefined;

  constructor(client: string, server: string, nameId: number, type: number) {
    this.client = client;
    this.server = server;
    this.nameId = nameId;
    this.type = type;
  }

  /** The tally of that name, to add to. */
  tally(
    name: 'nxdomain' | 'servfail' | 'refused' | 'otherError' | 'unanswered' | 'rejected' | 'answeredByOther',
  ): Tally {
    if (this[name] === NO_TALLY) this[name] = new Tally();
    return this[name];
  }

  /** Notes one who answered in the server's place, or who sent an ICMP error. */
  note(whom: 'others' | 'icmp', text: string): void {
    if (this[whom] === NOBODY) this[whom] = new Set();
    if (this[whom].size < MAX_NOTED) (this[whom] as Set<string>).add(text);
  }

  /** The symptom of that name, begun if it is new. */
  symptom(id: string): Symptom {
    const known = this.#symptoms?.get(id);
    if (known !== undefined) return known;
    const symptom = new Symptom();
    (this.#symptoms ??= new Map<string, Symptom>()).set(id, symptom);
    return symptom;
  }

  /** The symptom of that name, if it was seen. */
  seen(id: string): Symptom | undefined {
    return this.#symptoms?.get(id);
  }
}

/** The results by client, server, name and type, found without making strings. */
export class DnsNameTable {
  /** In the order in which they were first counted; the last may stand for all that did not fit. */
  readonly all: DnsName[] = [];
  readonly #records: RecordTable;
  readonly #seed: number;
  #rest: DnsName | undefined;

  constructor(seed: number) {
    this.#seed = seed;
    // Never full, so nothing is ever evicted: `of` stops adding before that.
    this.#records = new RecordTable(MAX_NAMES, STRIDE, () => undefined);
  }

  /** The result for a query whose addresses are `words[at, at + 8)`; `meta` holds version and type. */
  of(words: Int32Array, at: number, nameId: number, meta: number): DnsName {
    const typeAndVersion = meta & 0xffffff;
    let hash = mix(mix(this.#seed, nameId), typeAndVersion);
    for (let word = 0; word < 8; word++) hash = mix(hash, words[at + word] as number);
    hash = finish(hash);
    const key = this.#records.words;
    for (let index = this.#records.first(hash); index >= 0; index = this.#records.next(index)) {
      const keyAt = index * STRIDE;
      if (key[keyAt + 8] !== nameId || key[keyAt + 9] !== typeAndVersion) continue;
      let word = 0;
      while (word < 8 && key[keyAt + word] === words[at + word]) word++;
      if (word === 8) return this.all[index] as DnsName;
    }
    if (this.#records.count >= MAX_NAMES - 1) return this.#restOf();
    const index = this.#records.insert(hash);
    for (let word = 0; word < 8; word++) key[index * STRIDE + word] = words[at + word] as number;
    key[index * STRIDE + 8] = nameId;
    key[index * STRIDE + 9] = typeAndVersion;
    const text = (from: number): string =>
      addressText(
        typeAndVersion >>> 16,
        words[from] as number,
        words[from + 1] as number,
        words[from + 2] as number,
        words[from + 3] as number,
      );
    const name = new DnsName(text(at), text(at + 4), nameId, typeAndVersion & 0xffff);
    this.all[index] = name;
    return name;
  }

  #restOf(): DnsName {
    if (this.#rest === undefined) {
      this.#rest = new DnsName('*', '*', OTHER_NAMES, 0);
      this.all.push(this.#rest);
    }
    return this.#rest;
  }
}
