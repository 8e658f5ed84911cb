import { PacketKind, TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { addressText } from './address.ts';
import { finish, mix } from './record-table.ts';
import { Tally } from './samples.ts';
import { tunnelChecksum } from './tunnel-checksum.ts';

/*
 * What goes through tunnels between two hosts (VXLAN, Geneve, GRE, IP in IP), each direction by itself: an overlay
 * network carries the packets of all pods that are on different nodes.
 */

/** Most directions between two hosts, and most inner requests that are remembered of each. */
const MAX_PATHS = 2048;
const MAX_REQUESTS = 32;

/** The first packet of something that a host inside asks another one for; names a group of conversations. */
export interface TunnelRequest {
  readonly client: string;
  readonly server: string;
  readonly port: number;
}

/** The tunnel from one host to another. */
export class TunnelPath {
  readonly sender: string;
  readonly receiver: string;
  /** Destination port of the tunnel, 0: it has none. */
  readonly port: number;
  readonly packets: Tally = new Tally();
  /** What was asked through it first, by a hash of the addresses and port. */
  readonly requests: Map<number, TunnelRequest> = new Map();
  /** Packets that were sent in fragments. */
  readonly fragmented: Tally = new Tally();
  /** Handshake segments inside, whole themselves, in a packet whose checksum is wrong; and how many in one that is right. */
  readonly wrongChecksums: Tally = new Tally();
  rightChecksums = 0;

  constructor(packet: Packet) {
    const { outerVersion } = packet;
    this.sender = addressText(
      outerVersion,
      packet.outerSrc0,
      packet.outerSrc1,
      packet.outerSrc2,
      packet.outerSrc3,
    );
    this.receiver = addressText(
      outerVersion,
      packet.outerDst0,
      packet.outerDst1,
      packet.outerDst2,
      packet.outerDst3,
    );
    this.port = packet.outerPort;
  }
}

/** Collects tunnels, bounded. */
export class TunnelPaths {
  readonly all: Map<number, TunnelPath> = new Map();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Counts a packet that came out of a tunnel. */
  take(packet: Packet, timeNs: number): void {
    const from = this.#addressHash(packet.outerSrc0, packet.outerSrc1, packet.outerSrc2, packet.outerSrc3);
    const to = this.#addressHash(packet.outerDst0, packet.outerDst1, packet.outerDst2, packet.outerDst3);
    // The hash stands for the key: with a secret seed two of 2048 meet once in 2000 captures.
    const key = finish(mix(mix(from, to), packet.outerVersion));
    let path = this.all.get(key);
    if (path === undefined) {
      if (this.all.size >= MAX_PATHS) return;
      path = new TunnelPath(packet);
      this.all.set(key, path);
    }
    path.packets.add(timeNs, timeNs, packet.frameNumber);
    if (packet.outerFragmented) path.fragmented.add(timeNs, timeNs, packet.frameNumber);
    const isSegment = packet.kind === PacketKind.Tcp;
    const isHandshake = isSegment && (packet.tcpFlags & TcpFlag.Syn) !== 0;
    if (isHandshake) noteChecksum(path, packet, timeNs);
    const isRequest = isSegment
      ? isHandshake && (packet.tcpFlags & TcpFlag.Ack) === 0
      : packet.kind === PacketKind.Udp;
    if (!isRequest || path.requests.size >= MAX_REQUESTS) return;
    const { ipVersion, src0, src1, src2, src3, dst0, dst1, dst2, dst3, dstPort } = packet;
    const request = finish(
      mix(
        mix(this.#addressHash(src0, src1, src2, src3), this.#addressHash(dst0, dst1, dst2, dst3)),
        (dstPort << 8) | ipVersion,
      ),
    );
    if (path.requests.has(request)) return;
    path.requests.set(request, {
      client: addressText(ipVersion, src0, src1, src2, src3),
      server: addressText(ipVersion, dst0, dst1, dst2, dst3),
      port: dstPort,
    });
  }

  #addressHash(w0: number, w1: number, w2: number, w3: number): number {
    return finish(mix(mix(mix(mix(this.#seed, w0), w1), w2), w3));
  }
}

function noteChecksum(path: TunnelPath, packet: Packet, timeNs: number): void {
  const checksum = tunnelChecksum(packet);
  if (checksum === 'right') path.rightChecksums++;
  else if (checksum === 'wrong') path.wrongChecksums.add(timeNs, timeNs, packet.frameNumber);
}
