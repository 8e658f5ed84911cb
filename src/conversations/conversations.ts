import { ApplicationFollower, GIVEN_UP } from '../applications/follower.ts';
import { applicationProtocols } from '../applications/index.ts';
import { isEspInUdp } from '../dissect/esp-in-udp.ts';
import { type Packet, PacketKind, TcpFlag } from '../dissect/packet.ts';
import { ClosedConversations, isClosed } from './closed-conversations.ts';
import { Measure, Side, State, Word } from './conversation-record.ts';
import { ConversationTable } from './conversation-table.ts';
import { takeDnsOverTcp } from './dns-over-tcp.ts';
import { DNS_PORT, type DnsTransactions } from './dns-transactions.ts';
import { foldConversation } from './fold.ts';
import { type Group, GroupTable } from './groups.ts';
import { OpenAttempts } from './open-attempts.ts';
import { ProxyLegs } from './proxy-legs.ts';
import type { Tally } from './samples.ts';
import { StrayAnswers } from './stray-answers.ts';
import { trackTcp } from './tcp-tracker.ts';
import { ConversationView } from './view.ts';
import type { ConversationJudges } from './view.ts';

/** What conversations need of those who watch other things. */
export interface ConversationNeighbours {
  readonly dns: DnsTransactions;
  /** Encrypted traffic, which nobody can look into. */
  readonly encrypted: Tally;
  /** Time of the capture's latest packet. */
  readonly latestNs: () => number;
}

/** Follows the conversations of TCP and UDP: each packet finds its own, each that is over is folded into its group. */
export class Conversations {
  readonly table: ConversationTable;
  readonly groups: GroupTable;
  readonly strays: StrayAnswers;
  readonly proxyLegs: ProxyLegs = new ProxyLegs();
  readonly #attempts: OpenAttempts;
  readonly #follower = new ApplicationFollower(applicationProtocols);
  readonly #closed = new ClosedConversations();
  readonly #dns: DnsTransactions;
  readonly #encrypted: Tally;
  readonly #fold: (index: number) => number;

  /** `seed`, `judges` and `share` are those of the tracker. */
  constructor(
    seed: number,
    judges: ConversationJudges,
    share: number,
    { dns, encrypted, latestNs }: ConversationNeighbours,
  ) {
    // A conversation that has to make room, or whose ports are used again, is judged by its age now.
    this.#fold = (index): number =>
      foldConversation(this.groups, this.table, index, latestNs(), view, judges, this.#follower);
    this.table = new ConversationTable(seed, this.#fold, share);
    this.groups = new GroupTable(seed);
    const view = new ConversationView(this.table, this.groups);
    this.strays = new StrayAnswers(seed);
    this.#attempts = new OpenAttempts(seed);
    this.#dns = dns;
    this.#encrypted = encrypted;
  }

  /** Judges what is still open; the groups then hold all conversations. */
  end(): void {
    this.table.records.forEach(this.#fold);
    this.groups.counts.settle();
  }

  /** Takes a TCP segment or a UDP datagram that is not a copy. */
  take(packet: Packet, timeNs: number): void {
    const { table } = this;
    if (packet.kind === PacketKind.Tcp) this.proxyLegs.stitch(packet, timeNs);
    let index = table.find(packet);
    let order = 0;
    if (packet.kind === PacketKind.Tcp) {
      order = index < 0 ? 0 : this.#orderOf(index, packet);
      if (
        index < 0 &&
        (packet.tcpFlags & TcpFlag.Syn) === 0 &&
        this.#closed.takeLate(packet, table.hash, timeNs, this.groups.counts)
      )
        return;
      if (index < 0) this.strays.note(table, this.#attempts, packet, timeNs);
      else if ((packet.tcpFlags & TcpFlag.Rst) !== 0) this.strays.reset(packet, timeNs);
      index = trackTcp(table, this.#attempts, packet, timeNs, index, this.#fold);
    } else if (index < 0)
      index = table.open(packet, timeNs, packet.srcPort === DNS_PORT && packet.dstPort !== DNS_PORT);
    const { words } = table.records;
    const at = table.base(index);
    const side = at + (table.fromServer ? Word.Direction1 : Word.Direction0);
    words[side + Side.Packets] = (words[side + Side.Packets] as number) + 1;
    const numberAt = table.numberBase(index);
    if (timeNs > (table.numbers[numberAt + Measure.Last] as number))
      table.numbers[numberAt + Measure.Last] = timeNs;
    table.numbers[numberAt + Measure.Bytes] =
      (table.numbers[numberAt + Measure.Bytes] as number) + packet.originalLength;
    table.records.touch(index);
    if (packet.payloadLength === 0 && packet.kind === PacketKind.Tcp && isClosed(table, index)) {
      this.#makeRoom(this.#closed.add(table, index));
      return;
    }
    if (packet.srcPort !== DNS_PORT && packet.dstPort !== DNS_PORT) {
      if (packet.kind === PacketKind.Udp && isEspInUdp(packet))
        this.#encrypted.add(timeNs, timeNs, packet.frameNumber);
      else if (packet.payloadLength > 0 && order >= 0) this.#application(index, packet, timeNs, order > 0);
      return;
    }
    if (packet.kind === PacketKind.Udp) {
      this.#dns.take(packet, packet.payloadOffset, packet.payloadOffset + packet.payloadCaptured, timeNs);
    } else if (packet.payloadLength > 0 && order === 0)
      takeDnsOverTcp(this.#dns, words, side, packet, timeNs);
  }

  #groupOf(index: number): Group {
    return this.groups.groups[this.groups.placeOf(this.table, index)] as Group;
  }

  /** Folds a closed conversation (-1: none) and gives its record away. */
  #makeRoom(index: number): void {
    if (index < 0) return;
    const place = this.#fold(index);
    if (place >= 0) this.#closed.remember(this.table, index, place);
    this.table.records.remove(index);
  }

  /** Negative: the segment repeats or overlaps what was seen; 0: it is the next one; positive: some is missing before it. */
  #orderOf(index: number, packet: Packet): number {
    const { records } = this.table;
    const at = this.table.base(index);
    const known = this.table.fromServer ? State.SeqKnown1 : State.SeqKnown0;
    if (((records.words[at + Word.State] as number) & known) === 0) return 0;
    const side = this.table.fromServer ? Word.Direction1 : Word.Direction0;
    return (packet.seq - (records.words[at + side + Side.NextSeq] as number)) | 0;
  }

  #application(index: number, packet: Packet, timeNs: number, afterGap: boolean): void {
    const { words } = this.table.records;
    const at = this.table.base(index);
    const place = words[at + Word.Application] as number;
    if (place <= GIVEN_UP) return;
    const { segment } = this.#follower;
    segment.view = packet.view;
    segment.offset = packet.payloadOffset;
    segment.captured = packet.payloadCaptured;
    segment.length = packet.payloadLength;
    segment.fromServer = this.table.fromServer;
    segment.timeNs = timeNs;
    segment.frame = packet.frameNumber;
    segment.afterGap = afterGap;
    if (place > 0) {
      this.#follower.pass(place);
      return;
    }
    const protocol = this.#follower.recognise(packet.kind === PacketKind.Tcp ? 'TCP' : 'UDP');
    words[at + Word.Application] =
      protocol === undefined ? place - 1 : this.#follower.open(protocol, this.#groupOf(index).events);
  }
}
