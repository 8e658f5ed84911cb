import type { Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';

/** RFC 9113 §4.1: length:24 type:8 flags:8 reserved:1 stream:31. */
const HEADER_BYTES = 9;
/** Frames that are read; of all others only the header is. */
export const FrameType = {
  Data: 0,
  Headers: 1,
  ResetStream: 3,
  PushPromise: 5,
  GoAway: 7,
  Continuation: 9,
} as const;
/** PRIORITY_UPDATE (RFC 9218) is the highest in use; more is no HTTP/2. */
const LAST_TYPE = 16;
/** Most bytes of a frame that are kept: frames are no larger unless the receiver asked for it. */
const MAX_KEPT_BYTES = 16_384;
/** Last stream, error, and some words for people. */
const GOAWAY_BYTES = 8 + 64;

/** Whoever wants to know of the frames of one direction. */
export interface FrameSink {
  /** A frame; `body` holds its first `kept` bytes, of DATA none, and is only valid during the call. */
  frame(type: number, flags: number, stream: number, body: Uint8Array, kept: number, length: number): void;
  /** Frames are missing, or it is no HTTP/2 any more. */
  lost(): void;
}

/** Cuts one direction of an HTTP/2 connection into frames, over segments, without keeping DATA. */
export class Http2Frames {
  readonly #sink: FrameSink;
  readonly #budget: ByteBudget;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerLength = 0;
  #body: Uint8Array = new Uint8Array();
  #kept = 0;
  #left = 0;
  #length = 0;
  /** Bytes that come before the first frame. */
  #skip: number;
  #isLost = false;

  constructor(prefaceBytes: number, sink: FrameSink, budget: ByteBudget) {
    this.#skip = prefaceBytes;
    this.#sink = sink;
    this.#budget = budget;
  }

  /** Gives back what was kept. */
  release(): void {
    this.#budget.give(this.#body.length);
    this.#body = new Uint8Array();
  }

  /** Takes the next segment of this direction. */
  take(segment: Segment): void {
    if (segment.afterGap) this.#lose();
    if (this.#isLost) return;
    for (let at = 0; at < segment.length && !this.#isLost;) at = this.#step(segment, at);
  }

  #step(segment: Segment, at: number): number {
    if (this.#skip > 0) {
      const length = Math.min(this.#skip, segment.length - at);
      this.#skip -= length;
      return at + length;
    }
    if (this.#headerLength < HEADER_BYTES) return this.#takeHeader(segment, at);
    return this.#takeBody(segment, at);
  }

  #takeHeader(segment: Segment, at: number): number {
    if (at >= segment.captured) return this.#lose();
    this.#header[this.#headerLength++] = segment.view.getUint8(segment.offset + at);
    if (this.#headerLength < HEADER_BYTES) return at + 1;
    this.#left =
      ((this.#header[0] as number) << 16) | ((this.#header[1] as number) << 8) | (this.#header[2] as number);
    const type = this.#header[3] as number;
    const wanted = wantedBytes(type, this.#left);
    if (type > LAST_TYPE || (wanted > this.#body.length && !this.#grow(wanted))) return this.#lose();
    this.#kept = 0;
    if (this.#left === 0) this.#finish();
    return at + 1;
  }

  #grow(length: number): boolean {
    if (!this.#budget.take(length - this.#body.length)) return false;
    this.#body = new Uint8Array(length);
    return true;
  }

  #takeBody(segment: Segment, at: number): number {
    const { view, offset } = segment;
    const length = Math.min(this.#left, segment.length - at);
    const wanted = Math.min(
      wantedBytes(this.#header[3] as number, this.#kept + this.#left) - this.#kept,
      length,
    );
    if (wanted > 0) {
      if (at + wanted > segment.captured) return this.#lose();
      this.#body.set(new Uint8Array(view.buffer, view.byteOffset + offset + at, wanted), this.#kept);
      this.#kept += wanted;
    }
    this.#left -= length;
    this.#length += length;
    if (this.#left === 0) this.#finish();
    return at + length;
  }

  #finish(): void {
    const header = new DataView(this.#header.buffer);
    const length = this.#length;
    this.#headerLength = 0;
    this.#length = 0;
    this.#sink.frame(
      header.getUint8(3),
      header.getUint8(4),
      header.getUint32(5) & 0x7fff_ffff,
      this.#body,
      this.#kept,
      length,
    );
  }

  #lose(): number {
    if (!this.#isLost) this.#sink.lost();
    this.#isLost = true;
    this.release();
    return Number.MAX_SAFE_INTEGER;
  }
}

/** How many of a frame's first bytes are kept. */
function wantedBytes(type: number, length: number): number {
  switch (type) {
    case FrameType.Headers:
    case FrameType.PushPromise:
    case FrameType.Continuation:
      return Math.min(length, MAX_KEPT_BYTES);
    case FrameType.ResetStream:
    case FrameType.GoAway:
      return Math.min(length, GOAWAY_BYTES);
    default:
      return 0;
  }
}
