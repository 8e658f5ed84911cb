import { Measure, Side, SideMeasure, State, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';
import type { Group, GroupTable } from './groups.ts';

/** Linux gives up a SYN after 127 s (tcp_syn_retries 6): a longer handshake comes of clocks that disagree. */
export const LONGEST_HANDSHAKE_NS = 300e9;
/** IP protocol number (RFC 9293). */
const TCP = 6;

/**
 * A conversation that is over, as judges see it: a cursor on its record, reused for the next one. Side 0 is
 * client → server.
 */
export class ConversationView {
  /** Place of its group in the table of groups. */
  place = 0;
  /** Time up to which it was watched. */
  endNs = 0;
  readonly #table: ConversationTable;
  readonly #groups: GroupTable;
  #at = 0;
  #numberAt = 0;

  constructor(table: ConversationTable, groups: GroupTable) {
    this.#table = table;
    this.#groups = groups;
  }

  /** Moves the cursor. */
  set(index: number, place: number, endNs: number): void {
    this.place = place;
    this.endNs = endNs;
    this.#at = this.#table.base(index);
    this.#numberAt = this.#table.numberBase(index);
  }

  /** The group into which it is folded; symptoms are counted there. Most conversations have none, and leave it alone. */
  get group(): Group {
    const group = this.#groups.groups[this.place] as Group;
    group.clientPort = this.word(Word.Ports) >>> 16;
    return group;
  }

  get isTcp(): boolean {
    return ((this.word(Word.Meta) >>> 8) & 0xff) === TCP;
  }

  /** A field of {@link Word}. */
  word(field: number): number {
    return this.#table.records.words[this.#at + field] as number;
  }

  /** A field of {@link Side} of one side. */
  side(side: number, field: number): number {
    return this.word((side === 0 ? Word.Direction0 : Word.Direction1) + field);
  }

  /** A field of {@link Measure}. */
  number(field: number): number {
    return this.#table.numbers[this.#numberAt + field] as number;
  }

  /** A field of {@link SideMeasure} of one side. */
  sideNumber(side: number, field: number): number {
    return this.number((side === 0 ? Measure.Direction0 : Measure.Direction1) + field);
  }

  /** Whether one of these bits of {@link State} is set. */
  has(bits: number): boolean {
    return (this.word(Word.State) & bits) !== 0;
  }

  get firstNs(): number {
    return this.number(Measure.First);
  }

  get lastNs(): number {
    return this.number(Measure.Last);
  }

  /** Whether the three-way handshake got as far as the SYN-ACK, in sight. */
  get isEstablished(): boolean {
    return this.has(State.SynAck);
  }

  /** Smaller of the two maximum segment sizes, 0 if they were not seen. */
  get mss(): number {
    const [client, server] = [this.side(0, Side.Mss), this.side(1, Side.Mss)];
    return client === 0 || server === 0 ? Math.max(client, server) : Math.min(client, server);
  }

  /** Round trip: of the handshake, else of data; 0 if none was measured. */
  get roundTripNs(): number {
    const handshake = this.number(Measure.HandshakeNs);
    if (handshake > 0 && handshake <= LONGEST_HANDSHAKE_NS) return handshake;
    return Math.max(this.sideNumber(0, SideMeasure.RttNs), this.sideNumber(1, SideMeasure.RttNs));
  }
}

/** Looks at a conversation that is over and counts what it sees in its group's symptoms. */
export type ConversationJudge = (conversation: ConversationView) => void;

/** Who looks at which conversations. */
export interface ConversationJudges {
  readonly all: readonly ConversationJudge[];
  /** Those that want to see connections that went as they should as well, see calm.ts. */
  readonly ofCalm: readonly ConversationJudge[];
}
