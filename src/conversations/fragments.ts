import { Packet, PacketKind } from '../dissect/packet.ts';
import { Datagram, Fate } from './datagram.ts';
import { finish, mix } from './record-table.ts';
import { Tally } from './samples.ts';

/*
 * IP packets that were sent in fragments, put together again. Only the first fragment has ports, so without this a
 * large DNS answer or a segment through a tunnel would be seen in part or not at all.
 */

/** Most datagrams and bytes that wait for their fragments; the oldest ones are given up for new ones. */
const MAX_DATAGRAMS = 256;
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** How long a host waits for all fragments (Linux: net.ipv4.ipfrag_time). */
const WAIT_NS = 30e9;

/** What becomes of datagrams. The packet is ready to be dissected from its payload on; it is reused afterwards. */
export interface DatagramTaker {
  /** All fragments are there; number and time are those of the last one. */
  readonly whole: (packet: Packet, timeNs: number) => void;
  /** Some fragment is missing, the begin is there; number and time are those of the first one. */
  readonly begun: (packet: Packet, timeNs: number) => void;
}

/** Puts fragments together, bounded in datagrams, bytes and time. */
export class Fragments {
  /** Datagrams of which a fragment is missing, with the frame of their first one. */
  readonly missing: Tally = new Tally();
  /** Fragments that contradict others: hosts drop the datagram. */
  readonly contradicting: Tally = new Tally();
  /** Bytes that are held for datagrams that are not complete. */
  heldBytes = 0;
  readonly #seed: number;
  readonly #taker: DatagramTaker;
  /** By the hash of what identifies a datagram, the oldest one first. */
  readonly #waiting = new Map<number, Datagram>();

  constructor(seed: number, taker: DatagramTaker) {
    this.#seed = seed;
    this.#taker = taker;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes a fragment; if it is the last one that was missing, hands over the datagram in the same packet. */
  take(packet: Packet, timeNs: number): void {
    const key = this.#hash(packet);
    let datagram = this.#waiting.get(key);
    if (datagram !== undefined && (timeNs - datagram.firstNs > WAIT_NS || !isOf(datagram.header, packet))) {
      this.#giveUp(key, datagram);
      datagram = undefined;
    }
    datagram ??= this.#begin(key, packet, timeNs);
    const before = datagram.bytes.length;
    const fate = datagram.add(packet, timeNs);
    this.heldBytes += datagram.bytes.length - before;
    if (fate === Fate.Refused) this.contradicting.add(timeNs, timeNs, packet.frameNumber);
    if (fate === Fate.Complete) {
      this.#forget(key, datagram);
      load(packet, datagram, datagram.totalBytes);
      this.#taker.whole(packet, timeNs);
    }
    while (this.heldBytes > MAX_HELD_BYTES) this.#giveUpOldest();
  }

  /** Gives up what is not complete. */
  end(): void {
    while (this.#waiting.size > 0) this.#giveUpOldest();
  }

  #begin(key: number, packet: Packet, timeNs: number): Datagram {
    while (this.#waiting.size >= MAX_DATAGRAMS) this.#giveUpOldest();
    const [oldest] = this.#waiting.values();
    if (oldest !== undefined && timeNs - oldest.firstNs > WAIT_NS) this.#giveUpOldest();
    const datagram = new Datagram(Object.assign(new Packet(), packet), timeNs);
    this.heldBytes += datagram.bytes.length;
    this.#waiting.set(key, datagram);
    return datagram;
  }

  #giveUpOldest(): void {
    const [oldest] = this.#waiting;
    if (oldest !== undefined) this.#giveUp(...oldest);
  }

  #giveUp(key: number, datagram: Datagram): void {
    this.#forget(key, datagram);
    if (datagram.isSpoilt) return;
    const { header, startNs, startFrame } = datagram;
    this.missing.add(datagram.firstNs, startNs, startFrame);
    const prefixBytes = datagram.prefixBytes();
    if (prefixBytes === 0) return;
    load(header, datagram, Math.max(datagram.totalBytes, prefixBytes));
    header.frameNumber = startFrame;
    this.#taker.begun(header, startNs);
  }

  #forget(key: number, datagram: Datagram): void {
    this.#waiting.delete(key);
    this.heldBytes -= datagram.bytes.length;
  }

  /** What identifies a datagram (RFC 791 §3.2, RFC 8200 §4.5); the protocol may differ between IPv6 fragments. */
  #hash(packet: Packet): number {
    let hash = mix(mix(mix(this.#seed, packet.src0), packet.dst0), packet.fragmentId);
    hash = mix(mix(mix(hash, packet.src1), packet.src2), packet.src3);
    hash = mix(mix(mix(hash, packet.dst1), packet.dst2), packet.dst3);
    return finish(mix(hash, packet.ipVersion === 4 ? packet.ipProtocol : -1));
  }
}

function isOf(a: Packet, b: Packet): boolean {
  return (
    a.ipVersion === b.ipVersion &&
    a.fragmentId === b.fragmentId &&
    a.src0 === b.src0 &&
    a.src3 === b.src3 &&
    a.dst0 === b.dst0 &&
    a.dst3 === b.dst3 &&
    a.src1 === b.src1 &&
    a.src2 === b.src2 &&
    a.dst1 === b.dst1 &&
    a.dst2 === b.dst2
  );
}

/** Makes the packet that of the datagram, of `lengthBytes`, up to its payload. */
function load(packet: Packet, datagram: Datagram, lengthBytes: number): void {
  const { bytes, header } = datagram;
  packet.view = new DataView(bytes.buffer);
  packet.offset = 0;
  packet.end = Math.min(datagram.prefixBytes(), lengthBytes);
  packet.capturedLength = packet.end;
  packet.originalLength = datagram.wireBytes;
  packet.ipProtocol = header.ipProtocol;
  packet.ipPayloadLength = lengthBytes;
  packet.fragmentOffset = 0;
  packet.moreFragments = true;
  packet.kind = PacketKind.Other;
  // A tunnel that carried the fragments is not in these bytes.
  packet.outerUdpOffset = -1;
}
