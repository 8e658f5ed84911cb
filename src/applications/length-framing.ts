import type { Segment } from './application.ts';

/** Most bytes of a message that are kept. */
const MAX_KEPT_BYTES = 64;

/** A protocol whose stream is a row of messages with a length in a header of fixed size. */
export interface LengthFraming {
  readonly headerBytes: number;
  /** How long the body behind a header is, and how many of its first bytes are read (at most 64); undefined: it is no header. */
  readonly read: (
    header: ArrayLike<number>,
  ) => { readonly bodyBytes: number; readonly keptBytes: number } | undefined;
}

/** Steps over the messages of one direction, across segments, and hands over the begin of those that are read. */
export class MessageReader {
  readonly #framing: LengthFraming;
  readonly #take: (header: Uint8Array, body: Uint8Array) => void;
  readonly #header: Uint8Array;
  #headerLength = 0;
  readonly #body = new Uint8Array(MAX_KEPT_BYTES);
  #bodyLength = 0;
  #wanted = 0;
  #left = 0;
  #isLost = false;

  constructor(framing: LengthFraming, take: (header: Uint8Array, body: Uint8Array) => void) {
    this.#framing = framing;
    this.#take = take;
    this.#header = new Uint8Array(framing.headerBytes);
  }

  /** Takes the next segment of the direction; after a gap nothing is read any more. */
  segment(segment: Segment): void {
    if (segment.afterGap) this.#isLost = true;
    for (let at = 0; at < segment.length && !this.#isLost;) {
      at = this.#left > 0 ? this.#takeBody(segment, at) : this.#takeHeader(segment, at);
    }
  }

  #takeHeader({ view, offset, captured }: Segment, at: number): number {
    if (at >= captured) {
      this.#isLost = true;
      return at;
    }
    this.#header[this.#headerLength++] = view.getUint8(offset + at);
    if (this.#headerLength < this.#header.length) return at + 1;
    const found = this.#framing.read(this.#header);
    this.#headerLength = 0;
    this.#bodyLength = 0;
    if (found === undefined) this.#isLost = true;
    else {
      this.#left = found.bodyBytes;
      this.#wanted = Math.min(found.keptBytes, found.bodyBytes, MAX_KEPT_BYTES);
    }
    return at + 1;
  }

  #takeBody({ view, offset, captured, length }: Segment, at: number): number {
    const step = Math.min(this.#left, length - at);
    const kept = Math.min(this.#wanted - this.#bodyLength, step);
    if (kept > 0) {
      if (at + kept > captured) {
        this.#isLost = true;
        return at;
      }
      this.#body.set(new Uint8Array(view.buffer, view.byteOffset + offset + at, kept), this.#bodyLength);
      this.#bodyLength += kept;
      if (this.#bodyLength === this.#wanted) this.#take(this.#header, this.#body.subarray(0, this.#wanted));
    }
    this.#left -= step;
    return at + step;
  }
}
