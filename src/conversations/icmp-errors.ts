import type { Packet } from '../dissect/packet.ts';
import { addressText } from './address.ts';
import { finish, mix } from './record-table.ts';
import { Tally } from './samples.ts';

/*
 * ICMP errors that answer no open attempt and no DNS query: those quote UDP, other protocols, connections
 * that are established, or nothing that can be read. They are news about somebody else's packets; nothing is
 * opened because of them.
 */

/** Most different errors that are kept apart; the ones beyond are not counted. */
const MAX_ERRORS = 1024;
/** Packets in flight meet the same error at once; errors nearer than this are one round. */
const ROUND_NS = 200e6;
/** Ports from here on are given to clients (Linux: net.ipv4.ip_local_port_range). */
const FIRST_DYNAMIC_PORT = 32768;

/** What an ICMP error is about. */
export const IcmpNews = { Unreachable: 0, TooBig: 1, TimeExceeded: 2 } as const;

/** The kind of an ICMP error, -1 if it is none of {@link IcmpNews}. RFC 792, RFC 1191 and RFC 4443. */
export function icmpNews(version: number, type: number, code: number): number {
  if (version === 4) {
    if (type === 3) return code === 4 ? IcmpNews.TooBig : IcmpNews.Unreachable;
    return type === 11 ? IcmpNews.TimeExceeded : -1;
  }
  return type >= 1 && type <= 3 ? type - 1 : -1;
}

/** Errors of one sender and code about packets of one host to one service; too-big errors are by flow. */
export class IcmpErrors {
  readonly news: number;
  readonly version: number;
  readonly type: number;
  readonly code: number;
  /** Who sent the errors. */
  readonly sender: string;
  /** From and to where the quoted packets went, "" if that was not quoted. */
  readonly source: string;
  readonly target: string;
  /** IP protocol of the quoted packets, 0 if it was not quoted. */
  readonly protocol: number;
  readonly sourcePort: number;
  readonly targetPort: number;
  /** The quoted packets went from a service to its client. */
  readonly quotesReply: boolean;
  readonly tally: Tally = new Tally();
  /** Rounds of errors, at least 200 ms apart. */
  rounds = 0;
  /** Smallest MTU that was named, 0 if none was. */
  leastMtu = 0;
  #roundNs = Number.NEGATIVE_INFINITY;

  constructor(packet: Packet, news: number, quotesReply: boolean) {
    const quotes = packet.quoteProtocol !== 0;
    this.news = news;
    this.version = packet.ipVersion;
    this.type = packet.icmpType;
    this.code = packet.icmpCode;
    this.sender = addressText(packet.ipVersion, packet.src0, packet.src1, packet.src2, packet.src3);
    this.source = quotes
      ? addressText(
          packet.quoteVersion,
          packet.quoteSrc0,
          packet.quoteSrc1,
          packet.quoteSrc2,
          packet.quoteSrc3,
        )
      : addressText(packet.ipVersion, packet.dst0, packet.dst1, packet.dst2, packet.dst3);
    this.target = quotes
      ? addressText(
          packet.quoteVersion,
          packet.quoteDst0,
          packet.quoteDst1,
          packet.quoteDst2,
          packet.quoteDst3,
        )
      : '';
    this.protocol = packet.quoteProtocol;
    this.sourcePort = quotes ? packet.quoteSrcPort : 0;
    this.targetPort = quotes ? packet.quoteDstPort : 0;
    this.quotesReply = quotesReply;
  }

  /** Counts one more error like this. */
  add(packet: Packet, timeNs: number): void {
    this.tally.add(timeNs, timeNs, packet.frameNumber);
    if (timeNs - this.#roundNs >= ROUND_NS) {
      this.#roundNs = timeNs;
      this.rounds++;
    }
    const mtu = packet.nextHopMtu;
    if (mtu !== 0 && (this.leastMtu === 0 || mtu < this.leastMtu)) this.leastMtu = mtu;
  }
}

/** Collects ICMP errors, bounded. */
export class IcmpErrorTable {
  readonly all: Map<number, IcmpErrors> = new Map();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Counts an error of a kind of {@link IcmpNews}. */
  take(packet: Packet, news: number, timeNs: number): void {
    const { quoteSrcPort, quoteDstPort } = packet;
    const quotes = packet.quoteProtocol !== 0;
    const quotesReply =
      quotes && quoteSrcPort < quoteDstPort && quoteSrcPort < FIRST_DYNAMIC_PORT && quoteSrcPort !== 0;
    const ports =
      news === IcmpNews.TooBig
        ? (quoteSrcPort << 16) | quoteDstPort
        : quotesReply
          ? quoteSrcPort << 16
          : quoteDstPort;
    let hash = mix(mix(this.#seed, packet.src0), packet.src3);
    hash = mix(mix(hash, packet.src1), packet.src2);
    hash = mix(
      hash,
      (packet.ipVersion << 24) | (packet.icmpType << 16) | (packet.icmpCode << 8) | packet.quoteProtocol,
    );
    if (quotes) {
      hash = mix(mix(mix(mix(hash, packet.quoteSrc0), packet.quoteSrc1), packet.quoteSrc2), packet.quoteSrc3);
      hash = mix(mix(mix(mix(hash, packet.quoteDst0), packet.quoteDst1), packet.quoteDst2), packet.quoteDst3);
      hash = mix(hash, ports);
    } else hash = mix(mix(mix(mix(hash, packet.dst0), packet.dst1), packet.dst2), packet.dst3);
    hash = finish(hash);
    // The hash stands for the key: with a secret seed two of at most 1024 errors meet once in 8000 captures.
    let errors = this.all.get(hash);
    if (errors === undefined) {
      if (this.all.size >= MAX_ERRORS) return;
      errors = new IcmpErrors(packet, news, quotesReply);
      this.all.set(hash, errors);
    }
    errors.add(packet, timeNs);
  }
}
