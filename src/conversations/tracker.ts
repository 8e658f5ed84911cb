import { dissect, dissectDatagram } from '../dissect/index.ts';
import { Fault, Packet, PacketKind } from '../dissect/packet.ts';
import type { CaptureClock, Frame, FrameSink } from '../pcap/frame.ts';
import type { ReadResult } from '../pcap/reader.ts';
import { ArpRequests } from './arp-requests.ts';
import { Conversations } from './conversations.ts';
import { DNS_PORT, DnsTransactions } from './dns-transactions.ts';
import { DuplicateFilter } from './duplicates.ts';
import { Fragments } from './fragments.ts';
import { IcmpErrorTable, IcmpNews, icmpNews } from './icmp-errors.ts';
import { isFromQuotedSender, rejectConversation } from './icmp-rejection.ts';
import { NeighbourMessage, NeighbourSolicitations } from './neighbour-solicitations.ts';
import type { Observations } from './observations.ts';
import { Tally } from './samples.ts';
import { SctpAttempts } from './sctp-attempts.ts';
import { TunnelPaths } from './tunnel-paths.ts';
import { Unreadable } from './unreadable.ts';
import type { ConversationJudges } from './view.ts';

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
  readonly #conversations: Conversations;
  readonly #dns: DnsTransactions;
  readonly #arp = new ArpRequests();
  readonly #icmpErrors: IcmpErrorTable;
  readonly #neighbours: NeighbourSolicitations;
  readonly #sctp: SctpAttempts;
  readonly #tunnels: TunnelPaths;
  readonly #fragments: Fragments;
  readonly #duplicates: DuplicateFilter;
  readonly #copies = new Tally();
  readonly #encrypted = new Tally();
  readonly #unreadable = new Unreadable();
  #firstNs = Number.NaN;
  #lastNs = Number.NaN;
  /** Time of a packet far ahead of all others that no other has confirmed. */
  #leapNs = Number.NaN;

  /**
   * `seed` should differ from run to run: it protects the hash tables from captures made to collide. The judges
   * look at each conversation when it is over. `share`: how many captures are followed at the same time,
   * and take the memory of one together.
   */
  constructor(seed: number, judges: ConversationJudges, share = 1) {
    this.#dns = new DnsTransactions(seed);
    this.#conversations = new Conversations(seed, judges, share, {
      dns: this.#dns,
      encrypted: this.#encrypted,
      latestNs: () => this.#lastNs,
    });
    this.#icmpErrors = new IcmpErrorTable(seed);
    this.#neighbours = new NeighbourSolicitations(seed);
    this.#sctp = new SctpAttempts(seed);
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
    if (packet.kind === PacketKind.Tcp || packet.kind === PacketKind.Udp)
      this.#conversations.take(packet, timeNs);
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
    this.#conversations.end();
    this.#dns.end(this.#lastNs);
    return {
      capture,
      clock,
      packets: this.packets,
      bytes: this.bytes,
      firstNs: this.#firstNs,
      lastNs: this.#lastNs,
      // A group that an application opened for a shadow holds no conversation of its own.
      groups: this.#conversations.groups.groups.filter(({ conversations }) => conversations > 0),
      dns: this.#dns.results.all,
      names: this.#dns.names,
      hostNames: this.#dns.hostNames.all,
      arp: [...this.#arp.targets.values()],
      owners: [...this.#arp.owners.values()],
      neighbours: this.#neighbours.targets,
      sctp: [...this.#sctp.all.values()],
      tunnels: [...this.#tunnels.all.values()],
      strayAnswers: [...this.#conversations.strays.all.values()],
      proxyLegs: this.#conversations.proxyLegs.all(capture, clock),
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
      rejectConversation(this.#conversations.table, packet, timeNs);
    } else if (!rejectConversation(this.#conversations.table, packet, timeNs) || packet.quoteProtocol !== 6)
      this.#icmpErrors.take(packet, news, timeNs);
  }
}
