import type { Packet } from '../dissect/packet.ts';
import { Side, State, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';
import { type GroupCounts } from './group-counts.ts';

/** Conversations that wait: with the open ones of a busy server their records fit into the processor's second cache. */
const WAITING = 512;
/** Conversations whose late packets are still known. */
const REMEMBERED = 1 << 12;

/**
 * Conversations that both sides have closed, with all acknowledged. They wait until as many others were closed, then
 * make room: their records are used again while the processor has them near, which is what short conversations
 * cost most. Late packets (a FIN that was sent again) are counted for their group and start nothing new.
 */
export class ClosedConversations {
  /** Ring of indexes plus one. */
  readonly #waiting = new Int32Array(WAITING);
  #next = 0;
  /** Direct-mapped: hash and ports (client's in the upper half) of conversations that made room. */
  readonly #keys = new Int32Array(REMEMBERED * 2);
  /** Places of their groups plus one; 0: nothing is remembered here. */
  readonly #places = new Int32Array(REMEMBERED);

  /** Lets a conversation wait; returns the one whose time is over, -1 if there is none. */
  add(table: ConversationTable, index: number): number {
    const { words } = table.records;
    const at = table.base(index) + Word.State;
    words[at] = (words[at] as number) | State.Closed;
    const oldest = (this.#waiting[this.#next] as number) - 1;
    this.#waiting[this.#next] = index + 1;
    this.#next = (this.#next + 1) & (WAITING - 1);
    // Its place may have been taken since, by a conversation that is open.
    return oldest >= 0 && ((words[table.base(oldest) + Word.State] as number) & State.Closed) !== 0
      ? oldest
      : -1;
  }

  /** Remembers a conversation that was folded into its group. */
  remember(table: ConversationTable, index: number, place: number): void {
    const hash = table.records.hashOf(index);
    const at = hash & (REMEMBERED - 1);
    this.#keys[at * 2] = hash;
    this.#keys[at * 2 + 1] = table.records.words[table.base(index) + Word.Ports] as number;
    this.#places[at] = place + 1;
  }

  /** Counts a packet of a conversation that is over; false: it is of another one. */
  takeLate(packet: Packet, hash: number, timeNs: number, counts: GroupCounts): boolean {
    const at = hash & (REMEMBERED - 1);
    const place = (this.#places[at] as number) - 1;
    if (place < 0 || this.#keys[at * 2] !== hash) return false;
    const ports = this.#keys[at * 2 + 1] as number;
    const fromClient = ports === ((packet.srcPort << 16) | packet.dstPort);
    if (!fromClient && ports !== ((packet.dstPort << 16) | packet.srcPort)) return false;
    counts.addPackets(place, 1, fromClient ? 0 : 1, packet.originalLength, timeNs, timeNs);
    return true;
  }
}

/** Whether both sides sent a FIN, and acknowledged all that the other one sent; false again once it waits. */
export function isClosed(table: ConversationTable, index: number): boolean {
  const at = table.base(index);
  const { words } = table.records;
  const state = words[at + Word.State] as number;
  if ((state & CLOSING) !== (State.ClientFin | State.ServerFin)) return false;
  return (
    isAcknowledged(words, at + Word.Direction0, at + Word.Direction1) &&
    isAcknowledged(words, at + Word.Direction1, at + Word.Direction0)
  );
}

const CLOSING = State.ClientFin | State.ServerFin | State.ClientReset | State.ServerReset | State.Closed;

function isAcknowledged(words: Int32Array, side: number, peer: number): boolean {
  return (((words[peer + Side.MaxAck] as number) - (words[side + Side.NextSeq] as number)) | 0) >= 0;
}
