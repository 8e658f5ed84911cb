import { type Packet, TcpFlag } from '../dissect/packet.ts';
import type { CaptureClock } from '../pcap/frame.ts';
import { addressText, endpointText } from './address.ts';
import type { ProxyLeg } from './conversation.ts';

/** Ports to which iptables redirects what an application sends (Istio: outbound, inbound; Linkerd: outbound, inbound). */
const proxyPorts: ReadonlyMap<number, string> = new Map([
  [15_001, 'Istio'],
  [15_006, 'Istio'],
  [4140, 'Linkerd'],
  [4143, 'Linkerd'],
]);
/** Redirected connections that are remembered at once; the oldest make room. */
const MAX_REDIRECTED = 8192;
/** Legs that are told apart. */
const MAX_LEGS = 1024;

interface Redirected {
  readonly isn: number;
  readonly proxy: readonly [number, number, number, number];
  readonly proxyPort: number;
  /** Whom the application dialled, as the first answer tells; undefined: not answered yet. */
  original: { readonly words: readonly [number, number, number, number]; readonly port: number } | undefined;
}

interface Tally {
  readonly client: string;
  readonly proxy: string;
  readonly mesh: string;
  readonly server: string;
  connections: number;
  firstNs: number;
  lastNs: number;
}

/**
 * Connections that a mesh's sidecar takes over on the loopback interface. iptables REDIRECT changes where
 * the application's packets go to 127.0.0.1:15001 before the capture sees them, and the source of the answers
 * back to the address that was dialled: without stitching the capture shows SYNs without an answer and answers
 * that nobody asked for. The answer to a SYN acknowledges its sequence number plus one, which ties them together.
 */
export class ProxyLegs {
  /** By the client's address and port. */
  readonly #redirected = new Map<string, Redirected>();
  readonly #legs = new Map<string, Tally>();

  /** Gives an answer of the proxy the address from which it was really sent. */
  stitch(packet: Packet, timeNs: number): void {
    if (isLoopback(packet.ipVersion, packet.dst0, packet.dst1, packet.dst2, packet.dst3)) {
      if (proxyPorts.has(packet.dstPort) && (packet.tcpFlags & (TcpFlag.Syn | TcpFlag.Ack)) === TcpFlag.Syn)
        this.#note(packet);
      return;
    }
    if (this.#redirected.size === 0) return;
    const known = this.#redirected.get(
      keyOf(packet.dst0, packet.dst1, packet.dst2, packet.dst3, packet.dstPort),
    );
    if (known === undefined || !this.#isAnswer(known, packet, timeNs)) return;
    [packet.src0, packet.src1, packet.src2, packet.src3] = known.proxy;
    packet.srcPort = known.proxyPort;
  }

  /** All that were answered. */
  all(capture: number, clock: CaptureClock): ProxyLeg[] {
    return [...this.#legs.values()].map(({ firstNs, lastNs, ...leg }) => ({
      capture,
      ...leg,
      firstSeen: clock.format(firstNs),
      lastSeen: clock.format(lastNs),
    }));
  }

  #note(packet: Packet): void {
    const key = keyOf(packet.src0, packet.src1, packet.src2, packet.src3, packet.srcPort);
    if (this.#redirected.get(key)?.isn === packet.seq) return;
    this.#redirected.delete(key);
    if (this.#redirected.size >= MAX_REDIRECTED)
      for (const oldest of this.#redirected.keys()) {
        this.#redirected.delete(oldest);
        break;
      }
    this.#redirected.set(key, {
      isn: packet.seq,
      proxy: [packet.dst0, packet.dst1, packet.dst2, packet.dst3],
      proxyPort: packet.dstPort,
      original: undefined,
    });
  }

  #isAnswer(known: Redirected, packet: Packet, timeNs: number): boolean {
    const { original } = known;
    if (original !== undefined)
      return (
        original.port === packet.srcPort &&
        original.words[0] === packet.src0 &&
        original.words[1] === packet.src1 &&
        original.words[2] === packet.src2 &&
        original.words[3] === packet.src3
      );
    const begins = (packet.tcpFlags & (TcpFlag.Syn | TcpFlag.Rst)) !== 0;
    if (!begins || (packet.tcpFlags & TcpFlag.Ack) === 0 || packet.ack !== ((known.isn + 1) | 0))
      return false;
    known.original = {
      words: [packet.src0, packet.src1, packet.src2, packet.src3],
      port: packet.srcPort,
    };
    this.#count(known, packet, timeNs);
    return true;
  }

  #count({ proxy, proxyPort }: Redirected, packet: Packet, timeNs: number): void {
    const version = packet.ipVersion;
    const client = addressText(version, packet.dst0, packet.dst1, packet.dst2, packet.dst3);
    const serverAddress = addressText(version, packet.src0, packet.src1, packet.src2, packet.src3);
    const key = `${client} ${serverAddress} ${packet.srcPort} ${proxyPort}`;
    const known = this.#legs.get(key);
    if (known === undefined && this.#legs.size >= MAX_LEGS) return;
    const leg = known ?? {
      client,
      proxy: endpointText(addressText(version, ...proxy), proxyPort),
      mesh: proxyPorts.get(proxyPort) ?? '',
      server: endpointText(serverAddress, packet.srcPort),
      connections: 0,
      firstNs: timeNs,
      lastNs: timeNs,
    };
    leg.connections += 1;
    leg.lastNs = timeNs;
    if (known === undefined) this.#legs.set(key, leg);
  }
}

/** 127.0.0.0/8 and ::1 (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
function isLoopback(version: number, w0: number, w1: number, w2: number, w3: number): boolean {
  return version === 4 ? w0 >>> 24 === 127 : w0 === 0 && w1 === 0 && w2 === 0 && w3 === 1;
}

function keyOf(w0: number, w1: number, w2: number, w3: number, port: number): string {
  return `${w0} ${w1} ${w2} ${w3} ${port}`;
}
