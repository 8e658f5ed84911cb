import type { Packet } from '../dissect/packet.ts';

/** Fragments are multiples of this many bytes, but for the last one (RFC 791 §3.1, RFC 8200 §4.5). */
const UNIT_BYTES = 8;
/** Longest datagram that can be put together: lengths have 16 bits. */
export const MAX_DATAGRAM_BYTES = 65_535;
const UNITS = (MAX_DATAGRAM_BYTES + 1) / UNIT_BYTES;
const FIRST_CAPACITY_BYTES = 2048;

/** What became of a fragment. */
export const Fate = { Kept: 0, Complete: 1, Copy: 2, Refused: 3 } as const;

/**
 * A datagram of which some fragments were captured. A fragment that overlaps another one without being the same
 * again spoils it, and so does one that says something else about its end: hosts drop such datagrams (RFC 5722, RFC
 * 8200 §4.5, Linux for IPv4 as well).
 */
export class Datagram {
  /** What the first fragment that was seen said, addresses and all. */
  readonly header: Packet;
  readonly firstNs: number;
  /** Time and frame of the fragment at its begin, the first one that was seen until that is there. */
  startNs: number;
  startFrame: number;
  bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY_BYTES);
  /** Bytes on the wire of its frames. */
  wireBytes = 0;
  isSpoilt = false;
  /** One bit for each unit that is there, and for each at which a fragment begins. */
  readonly #there = new Int32Array(UNITS / 32);
  readonly #begins = new Int32Array(UNITS / 32);
  #thereBytes = 0;
  /** Length as the last fragment says, 0: it was not seen. */
  #totalBytes = 0;
  #seenEnd = 0;
  /** The snap length cut something off from here on. */
  #capturedEnd = MAX_DATAGRAM_BYTES;

  constructor(header: Packet, timeNs: number) {
    this.header = header;
    this.firstNs = timeNs;
    this.startNs = timeNs;
    this.startFrame = header.frameNumber;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Takes the fragment that the packet is. */
  add(packet: Packet, timeNs: number): number {
    if (this.isSpoilt) return Fate.Refused;
    const { fragmentOffset: from, ipPayloadLength: length, moreFragments } = packet;
    const to = from + length;
    const isPossible =
      length > 0 && to <= MAX_DATAGRAM_BYTES && (!moreFragments || length % UNIT_BYTES === 0);
    if (!isPossible || !this.#agreesOnEnd(to, moreFragments)) return this.#spoil();
    const last = Math.ceil(to / UNIT_BYTES);
    const first = from / UNIT_BYTES;
    if (this.#isAnyThere(first, last)) return this.#isSame(first, last) ? Fate.Copy : this.#spoil();
    for (let unit = first; unit < last; unit++) set(this.#there, unit);
    set(this.#begins, first);
    this.#copy(packet, from, length);
    this.#seenEnd = Math.max(this.#seenEnd, to);
    if (!moreFragments) this.#totalBytes = to;
    this.#thereBytes += length;
    this.wireBytes += packet.originalLength;
    if (from === 0) {
      this.startNs = timeNs;
      this.startFrame = packet.frameNumber;
    }
    return this.#thereBytes === this.#totalBytes ? Fate.Complete : Fate.Kept;
  }

  /** Bytes at its begin that were captured without a gap. */
  prefixBytes(): number {
    let unit = 0;
    while (unit < UNITS && has(this.#there, unit)) unit++;
    return Math.min(unit * UNIT_BYTES, this.#seenEnd, this.#capturedEnd);
  }

  #agreesOnEnd(to: number, moreFragments: boolean): boolean {
    if (this.#totalBytes > 0) return moreFragments ? to <= this.#totalBytes : to === this.#totalBytes;
    return moreFragments || to >= this.#seenEnd;
  }

  #isAnyThere(first: number, last: number): boolean {
    for (let unit = first; unit < last; unit++) if (has(this.#there, unit)) return true;
    return false;
  }

  /** Whether these units are one fragment that was seen. */
  #isSame(first: number, last: number): boolean {
    if (!has(this.#begins, first)) return false;
    for (let unit = first; unit < last; unit++)
      if (!has(this.#there, unit) || (unit > first && has(this.#begins, unit))) return false;
    return last >= UNITS || !has(this.#there, last) || has(this.#begins, last);
  }

  #spoil(): number {
    this.isSpoilt = true;
    this.bytes = new Uint8Array(0);
    return Fate.Refused;
  }

  #copy(packet: Packet, from: number, length: number): void {
    const captured = Math.min(length, packet.end - packet.offset);
    if (captured < length) this.#capturedEnd = Math.min(this.#capturedEnd, from + captured);
    if (from + length > this.bytes.length) {
      const larger = new Uint8Array(
        Math.min(2 ** Math.ceil(Math.log2(from + length)), MAX_DATAGRAM_BYTES + 1),
      );
      larger.set(this.bytes);
      this.bytes = larger;
    }
    const { buffer, byteOffset } = packet.view;
    this.bytes.set(new Uint8Array(buffer, byteOffset + packet.offset, captured), from);
  }
}

function has(bits: Int32Array, unit: number): boolean {
  return ((bits[unit >>> 5] as number) & (1 << (unit & 31))) !== 0;
}

function set(bits: Int32Array, unit: number): void {
  bits[unit >>> 5] = (bits[unit >>> 5] as number) | (1 << (unit & 31));
}
