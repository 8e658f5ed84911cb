import { TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { addressText, endpointText } from './address.ts';
import { Side, State, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';
import type { OpenAttempts } from './open-attempts.ts';
import { isDestination } from './packet-ends.ts';
import { finish, mix } from './record-table.ts';
import { noteExample, Tally } from './samples.ts';

/*
 * Segments of an open connection that come from another address than the one dialled: their numbers continue the
 * server's, and the client, which knows of no such connection, resets them.
 */

/** Most clients, servers and senders that are told apart, and most segments that wait for a reset. */
const MAX_KINDS = 64;
const MAX_WAITING = 256;
/** Numbers farther away than the largest usual window belong to another connection. */
const NEAR_BYTES = 1 << 20;
/** The client's reset follows at once: within the round trip to wherever the capture was taken. */
const RESET_NS = 1e9;

/** All such segments of one client, dialled server and sender, each with the reset that followed. */
export interface StrayAnswer {
  readonly client: string;
  /** "address:port". */
  readonly dialled: string;
  /** "address:port". */
  readonly sender: string;
  readonly tally: Tally;
}

interface Waiting {
  readonly client: string;
  readonly dialled: string;
  readonly sender: string;
  readonly ack: number;
  readonly timeNs: number;
  readonly frame: number;
}

/** Finds answers that lost the translation of their address in the middle of a connection. */
export class StrayAnswers {
  readonly all: Map<string, StrayAnswer> = new Map();
  readonly #waiting = new Map<number, Waiting>();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Looks at a segment, no SYN, that belongs to no known conversation; call it before one is opened for it. */
  note(table: ConversationTable, attempts: OpenAttempts, packet: Packet, timeNs: number): void {
    if ((packet.tcpFlags & (TcpFlag.Syn | TcpFlag.Rst | TcpFlag.Ack)) !== TcpFlag.Ack) return;
    const index = attempts.candidate(packet);
    if (index < 0 || !continues(table, index, packet)) return;
    const { words } = table.records;
    const at = table.base(index);
    const version = (words[at + Word.Meta] as number) & 0xff;
    const address = (from: number): string =>
      addressText(
        version,
        words[from] as number,
        words[from + 1] as number,
        words[from + 2] as number,
        words[from + 3] as number,
      );
    const { src0, src1, src2, src3, srcPort, dst0, dst3, dstPort } = packet;
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined && this.#waiting.size >= MAX_WAITING) this.#waiting.delete(oldest);
    this.#waiting.set(this.#hash(dst0, dst3, dstPort, src0, src3, srcPort), {
      client: address(at + Word.Client),
      dialled: endpointText(address(at + Word.Server), (words[at + Word.Ports] as number) & 0xffff),
      sender: endpointText(addressText(packet.ipVersion, src0, src1, src2, src3), srcPort),
      ack: packet.ack,
      timeNs,
      frame: packet.frameNumber,
    });
  }

  /** Looks at a reset: it counts if it answers a segment that {@link note} took. */
  reset(packet: Packet, timeNs: number): void {
    if (this.#waiting.size === 0) return;
    const { src0, src3, srcPort, dst0, dst3, dstPort } = packet;
    const key = this.#hash(src0, src3, srcPort, dst0, dst3, dstPort);
    const waiting = this.#waiting.get(key);
    // The reset of a segment that belongs to nothing begins where that one acknowledged to (RFC 9293 §3.10.7.1).
    if (waiting === undefined || waiting.ack !== packet.seq || timeNs - waiting.timeNs > RESET_NS) return;
    this.#waiting.delete(key);
    const { client, dialled, sender } = waiting;
    const kind = `${client} ${dialled} ${sender}`;
    let stray = this.all.get(kind);
    if (stray === undefined) {
      if (this.all.size >= MAX_KINDS) return;
      stray = { client, dialled, sender, tally: new Tally() };
      this.all.set(kind, stray);
    }
    noteExample(stray.tally, srcPort);
    stray.tally.add(waiting.timeNs, timeNs, waiting.frame, packet.frameNumber);
  }

  /** The hash stands for the key; of an address its first and last word tell enough. */
  #hash(
    client0: number,
    client3: number,
    clientPort: number,
    other0: number,
    other3: number,
    port: number,
  ): number {
    const hash = mix(mix(mix(this.#seed, client0), client3), other0);
    return finish(mix(mix(hash, other3), (clientPort << 16) | port));
  }
}

/** Whether a segment continues what the server of an open connection sends to the packet's receiver. */
function continues(table: ConversationTable, index: number, packet: Packet): boolean {
  const { words } = table.records;
  const at = table.base(index);
  const state = words[at + Word.State] as number;
  const over = State.ClientReset | State.ServerReset | State.ClientFin | State.ServerFin | State.Shadow;
  if ((state & (State.Syn | State.SynAck)) !== (State.Syn | State.SynAck) || (state & over) !== 0)
    return false;
  if ((words[at + Word.Ports] as number) >>> 16 !== packet.dstPort) return false;
  if (!isDestination(words, at + Word.Client, packet)) return false;
  const ahead = (packet.seq - (words[at + Word.Direction1 + Side.NextSeq] as number)) | 0;
  const unacknowledged = ((words[at + Word.Direction0 + Side.NextSeq] as number) - packet.ack) | 0;
  return Math.abs(ahead) <= NEAR_BYTES && unacknowledged >= 0 && unacknowledged <= NEAR_BYTES;
}
