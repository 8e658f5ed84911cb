import { ApplicationFollower, GIVEN_UP } from '../applications/follower.ts';
import { applicationProtocols } from '../applications/index.ts';
import { isEspInUdp } from '../dissect/esp-in-udp.ts';
import { dissect, dissectDatagram } from '../dissect/index.ts';
import { Fault, Packet, PacketKind, TcpFlag } from '../dissect/packet.ts';
import type { CaptureClock, Frame, FrameSink } from '../pcap/frame.ts';
import type { ReadResult } from '../pcap/reader.ts';
import { ArpRequests } from './arp-requests.ts';
import { ClosedConversations, isClosed } from './closed-conversations.ts';
import { Measure, Side, State, Word } from './conversation-record.ts';
import { ConversationTable } from './conversation-table.ts';
import { takeDnsOverTcp } from './dns-over-tcp.ts';
import { DnsTransactions } from './dns-transactions.ts';
import { DuplicateFilter } from './duplicates.ts';
import { foldConversation } from './fold.ts';
import { Fragments } from './fragments.ts';
import { type Group, GroupTable } from './groups.ts';
import { IcmpErrorTable, IcmpNews, icmpNews } from './icmp-errors.ts';
import { isFromQuotedSender, rejectConversation } from './icmp-rejection.ts';
import { NeighbourMessage, NeighbourSolicitations } from './neighbour-solicitations.ts';
import type { Observations } from './observations.ts';
import { OpenAttempts } from './open-attempts.ts';
import { Tally } from './samples.ts';
import { ProxyLegs } from './proxy-legs.ts';
import { SctpAttempts } from './sctp-attempts.ts';
import { StrayAnswers } from './stray-answers.ts';
import { trackTcp } from './tcp-tracker.ts';
import { TunnelPaths } from './tunnel-paths.ts';
import { Unreadable } from './unreadable.ts';
import { ConversationView } from './view.ts';
import type { ConversationJudge } from './view.ts';

const DNS_PORT = 53;
/** A packet so far ahead of all others may have a wrong time: the capture went on until then only if another one says so. */
const LEAP_NS = 3600e9;
/** Encapsulating Security Payload (RFC 4303). */
const ESP = 50;
/** What whoever made the capture knows about it. */
export interface EngineReport {
  /** Packets that the kernel dropped; null: nobody counted. */
  readonly dropped: number | null;
  /** What is missing, one sentence each. */
  readonly problems: readonly string[];
  /** Whether both directions were captured for certain. */
  readonly bothDirections: boolean;
}

/** Takes frames, dissects them and follows conversations, DNS transactions and ARP requests. */
export class Tracker implements FrameSink {
  packets = 0;
  bytes = 0;
  readonly #packet = new Packet();
  readonly #table: ConversationTable;
  readonly #groups: GroupTable;
  readonly #attempts: OpenAttempts;
  readonly #dns: DnsTransactions;
  readonly #arp = new ArpRequests();
  readonly #icmpErrors: IcmpErrorTable;
  readonly #neighbours: NeighbourSolicitations;
  readonly #sctp: SctpAttempts;
  readonly #strays: StrayAnswers;
  readonly #tunnels: TunnelPaths;
  readonly #fragments: Fragments;
  readonly #duplicates: DuplicateFilter;
  readonly #proxyLegs = new ProxyLegs();
  readonly #follower = new ApplicationFollower(applicationProtocols);
  readonly #copies = new Tally();
  readonly #encrypted = new Tally();
  readonly #unreadable = new Unreadable();
  readonly #closed = new ClosedConversations();
  readonly #fold: (index: number) => Group | undefined;
  #firstNs = Number.NaN;
  #lastNs = Number.NaN;
  /** Time of a packet far ahead of all others that no other has confirmed. */
  #leapNs = Number.NaN;

  /**
   * `seed` should differ from run to run: it protects the hash tables from captures made to collide. The judges
   * look at each conversation when it is over. `share`: how many captures are followed at the same time,
   * and take the memory of one together.
   */
  constructor(seed: number, judges: readonly ConversationJudge[], share = 1) {
    // A conversation that has to make room, or whose ports are used again, is judged by its age now.
    this.#fold = (index): Group | undefined =>
      foldConversation(this.#groups, this.#table, index, this.#lastNs, view, judges, this.#follower);
    this.#table = new ConversationTable(seed, this.#fold, share);
    const view = new ConversationView(this.#table);
    this.#groups = new GroupTable(seed);
    this.#attempts = new OpenAttempts(seed);
    this.#dns = new DnsTransactions(seed);
    this.#icmpErrors = new IcmpErrorTable(seed);
    this.#neighbours = new NeighbourSolicitations(seed);
    this.#sctp = new SctpAttempts(seed);
    this.#strays = new StrayAnswers(seed);
    this.#tunnels = new TunnelPaths(seed);
    this.#duplicates = new DuplicateFilter(seed);
    this.#packet.holdsFragments = true;
    this.#fragments = new Fragments(seed, {
      whole: (packet, timeNs) => this.#datagram(packet, timeNs, true),
      begun: (packet, timeNs) => this.#datagram(packet, timeNs, false),
    });
  }

  /** Takes the next frame of the capture. */
  frame(frame: Frame): void {
    const packet = this.#packet;
    dissect(frame, packet);
    this.packets++;
    this.bytes += frame.originalLength;
    const timeNs = this.#time(frame.timeNs);
    if (packet.fault !== Fault.None) this.#unreadable.note(packet, timeNs, frame.snapLength);
    if (packet.tunnelDepth !== 0) this.#tunnels.take(packet, timeNs);
    if (packet.kind === PacketKind.Arp) {
      this.#arp.take(packet, timeNs);
      return;
    }
    if (packet.ipVersion === 0) return;
    if (packet.kind === PacketKind.Other) {
      if (packet.ipProtocol === ESP) this.#encrypted.add(timeNs, timeNs, packet.frameNumber);
      return;
    }
    if (this.#duplicates.isCopy(packet, timeNs)) {
      this.#copies.add(timeNs, timeNs, packet.frameNumber);
      return;
    }
    this.#take(packet, timeNs);
  }

  #take(packet: Packet, timeNs: number): void {
    if (packet.kind === PacketKind.Tcp || packet.kind === PacketKind.Udp) this.#follow(packet, timeNs);
    else if (packet.kind === PacketKind.Fragment) this.#fragments.take(packet, timeNs);
    else if (packet.kind === PacketKind.Sctp) this.#sctp.take(packet, timeNs);
    else if (packet.kind === PacketKind.Icmp || packet.kind === PacketKind.Icmpv6)
      this.#icmpError(packet, timeNs);
  }

  /**
   * Takes a packet that came in fragments; of one that is not whole only what its begin says for certain: a segment
   * that no host could receive is not part of its connection.
   */
  #datagram(packet: Packet, timeNs: number, isWhole: boolean): void {
    const { originalLength, tunnelDepth } = packet;
    packet.originalLength = packet.ipPayloadLength;
    dissectDatagram(packet);
    packet.originalLength = originalLength;
    if (packet.fault !== Fault.None && isWhole) this.#unreadable.note(packet, timeNs, 0);
    if (packet.tunnelDepth > tunnelDepth) this.#tunnels.take(packet, timeNs);
    if (packet.kind === PacketKind.Other && packet.ipProtocol === ESP)
      this.#encrypted.add(timeNs, timeNs, packet.frameNumber);
    if (isWhole || packet.kind === PacketKind.Udp) this.#take(packet, timeNs);
  }

  /** Ends the capture and hands over all that was observed. */
  end(capture: number, clock: CaptureClock, read: ReadResult, engine: EngineReport): Observations {
    this.#fragments.end();
    this.#table.records.forEach(this.#fold);
    this.#dns.end(this.#lastNs);
    return {
      capture,
      clock,
      packets: this.packets,
      bytes: this.bytes,
      firstNs: this.#firstNs,
      lastNs: this.#lastNs,
      // A group that an application opened for a shadow holds no conversation of its own.
      groups: this.#groups.groups.filter(({ conversations }) => conversations > 0),
      dns: this.#dns.results.all,
      names: this.#dns.names,
      hostNames: this.#dns.hostNames.all,
      arp: [...this.#arp.targets.values()],
      owners: [...this.#arp.owners.values()],
      neighbours: this.#neighbours.targets,
      sctp: [...this.#sctp.all.values()],
      tunnels: [...this.#tunnels.all.values()],
      strayAnswers: [...this.#strays.all.values()],
      proxyLegs: this.#proxyLegs.all(capture, clock),
      icmpErrors: [...this.#icmpErrors.all.values()],
      copies: this.#copies,
      encrypted: this.#encrypted,
      malformed: this.#unreadable.malformed,
      fragmentsMissing: this.#fragments.missing,
      fragmentsContradicting: this.#fragments.contradicting,
      damage: read.damage,
      givenNames: read.givenNames,
      comments: read.comments,
      dropped: engine.dropped ?? read.interfaceDrops,
      problems: engine.problems,
      bothDirections: engine.bothDirections,
      unsupportedLinkTypes: this.#unreadable.linkTypes,
    };
  }

  /** Packets without a time of their own (Simple Packet Blocks) get that of their predecessor. */
  #time(frameNs: number): number {
    const timeNs = Number.isNaN(frameNs) ? (Number.isNaN(this.#lastNs) ? 0 : this.#lastNs) : frameNs;
    if (Number.isNaN(this.#firstNs)) this.#firstNs = this.#lastNs = timeNs;
    if (timeNs > this.#lastNs) {
      if (timeNs - this.#lastNs < LEAP_NS || Math.abs(timeNs - this.#leapNs) < LEAP_NS) this.#lastNs = timeNs;
      else this.#leapNs = timeNs;
    }
    if (timeNs < this.#firstNs) {
      // Of two that far apart the first one may as well be wrong.
      if (this.packets === 2 && this.#firstNs - timeNs >= LEAP_NS) {
        this.#leapNs = this.#lastNs;
        this.#lastNs = timeNs;
      }
      this.#firstNs = timeNs;
    }
    return timeNs;
  }

  #follow(packet: Packet, timeNs: number): void {
    const table = this.#table;
    if (packet.kind === PacketKind.Tcp) this.#proxyLegs.stitch(packet, timeNs);
    let index = table.find(packet);
    let order = 0;
    if (packet.kind === PacketKind.Tcp) {
      order = index < 0 ? 0 : this.#orderOf(index, packet);
      if (
        index < 0 &&
        (packet.tcpFlags & TcpFlag.Syn) === 0 &&
        this.#closed.takeLate(packet, table.hash, timeNs)
      )
        return;
      if (index < 0) this.#strays.note(table, this.#attempts, packet, timeNs);
      else if ((packet.tcpFlags & TcpFlag.Rst) !== 0) this.#strays.reset(packet, timeNs);
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

  /** Folds a closed conversation (-1: none) and gives its record away. */
  #makeRoom(index: number): void {
    if (index < 0) return;
    const group = this.#fold(index);
    if (group !== undefined) this.#closed.remember(this.#table, index, group);
    this.#table.records.remove(index);
  }

  /** Negative: the segment repeats or overlaps what was seen; 0: it is the next one; positive: some is missing before it. */
  #orderOf(index: number, packet: Packet): number {
    const { records } = this.#table;
    const at = this.#table.base(index);
    const known = this.#table.fromServer ? State.SeqKnown1 : State.SeqKnown0;
    if (((records.words[at + Word.State] as number) & known) === 0) return 0;
    const side = this.#table.fromServer ? Word.Direction1 : Word.Direction0;
    return (packet.seq - (records.words[at + side + Side.NextSeq] as number)) | 0;
  }

  #application(index: number, packet: Packet, timeNs: number, afterGap: boolean): void {
    const { words } = this.#table.records;
    const at = this.#table.base(index);
    const place = words[at + Word.Application] as number;
    if (place <= GIVEN_UP) return;
    const { segment } = this.#follower;
    segment.view = packet.view;
    segment.offset = packet.payloadOffset;
    segment.captured = packet.payloadCaptured;
    segment.length = packet.payloadLength;
    segment.fromServer = this.#table.fromServer;
    segment.timeNs = timeNs;
    segment.frame = packet.frameNumber;
    segment.afterGap = afterGap;
    if (place > 0) {
      this.#follower.pass(place);
      return;
    }
    const protocol = this.#follower.recognise(packet.kind === PacketKind.Tcp ? 'TCP' : 'UDP');
    words[at + Word.Application] =
      protocol === undefined
        ? place - 1
        : this.#follower.open(protocol, this.#groups.of(this.#table, index).events);
  }

  #icmpError(packet: Packet, timeNs: number): void {
    if (packet.kind === PacketKind.Icmpv6 && packet.icmpType >= NeighbourMessage.Solicitation) {
      if (packet.icmpType <= NeighbourMessage.Advertisement && packet.fault === Fault.None)
        this.#neighbours.take(packet, timeNs);
      return;
    }
    const news = icmpNews(packet.kind === PacketKind.Icmp ? 4 : 6, packet.icmpType, packet.icmpCode);
    if (news < 0) return;
    if (packet.quoteProtocol !== 0 && isFromQuotedSender(packet)) return;
    if (news !== IcmpNews.Unreachable || packet.quoteProtocol === 0)
      this.#icmpErrors.take(packet, news, timeNs);
    else if (packet.quoteProtocol === 17 && packet.quoteDstPort === DNS_PORT) {
      this.#dns.rejected(packet, timeNs);
      rejectConversation(this.#table, packet, timeNs);
    } else if (!rejectConversation(this.#table, packet, timeNs) || packet.quoteProtocol !== 6)
      this.#icmpErrors.take(packet, news, timeNs);
  }
}
