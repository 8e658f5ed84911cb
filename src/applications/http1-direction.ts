import type { Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';
import { ChunkedBody } from './http1-chunks.ts';
import { beginsHead, EmptyLine, mayBeginHead, readHead } from './http1-head.ts';
import type { Http1Head } from './http1-head.ts';

/** Longest head that is collected from several segments; servers accept 8 to 16 KiB. */
const MAX_HEAD_BYTES = 16_384;

/** The length of a body whose end is not known by count: the next head is looked for at the start of a segment. */
export const UNTIL_NEXT_HEAD = -1;
/** What follows is no HTTP/1 any more. */
export const NO_MORE_HEADS = -2;
/** The body comes in chunks, which say where it ends. */
export const IN_CHUNKS = -3;

/** Whoever wants to know of the messages of one direction. */
export interface Http1Listener {
  /** A head; its first byte came at `firstNs`. Returns the bytes of the body, or one of the values above. */
  head(head: Http1Head, segment: Segment, firstNs: number, firstFrame: number, bodyAt: number): number;
  /** A message whose length is known is complete, or a segment of one whose length is not came. */
  body(segment: Segment, isComplete: boolean): void;
  /** Where the body that has begun ends cannot be told any more. */
  unbounded(): void;
  /** Bytes are missing or unreadable: the messages that were begun cannot be told any more. */
  lost(): void;
}

/** Finds the heads in one direction of an HTTP/1 connection and steps over the bodies without reading them. */
export class Http1Direction {
  readonly #isResponse: boolean;
  readonly #listener: Http1Listener;
  readonly #budget: ByteBudget;
  readonly #emptyLine = new EmptyLine();
  #state: 'head' | 'body' | 'chunks' | 'searching' | 'ended' = 'head';
  #bodyLeft = 0;
  #chunks: ChunkedBody | undefined;
  /** The begin of a head that goes on in the next segment. */
  #partial: Uint8Array | undefined;
  #partialLength = 0;
  #firstNs = 0;
  #firstFrame = 0;

  constructor(isResponse: boolean, listener: Http1Listener, budget: ByteBudget) {
    this.#isResponse = isResponse;
    this.#listener = listener;
    this.#budget = budget;
  }

  /** Gives back what was kept. */
  release(): void {
    if (this.#partial !== undefined) this.#budget.give(MAX_HEAD_BYTES);
    this.#partial = undefined;
  }

  /** Takes the next segment of this direction. */
  take(segment: Segment): void {
    if (this.#state === 'ended') return;
    if (segment.afterGap) this.#lose();
    for (let at = 0; at < segment.length && (this.#state as string) !== 'ended';) {
      const next = this.#step(segment, at);
      if (next < 0) return;
      at = next;
    }
  }

  /** Takes what begins at `at`; gives the position behind it, -1 if the rest of the segment is of no use. */
  #step(segment: Segment, at: number): number {
    if (this.#state === 'body') return this.#skipBody(segment, at);
    if (this.#state === 'chunks' && this.#chunks !== undefined)
      return this.#skipChunks(segment, at, this.#chunks);
    if (this.#state === 'searching') {
      const begins =
        at === 0 &&
        beginsHead(segment.view, segment.offset, segment.offset + segment.captured, this.#isResponse);
      if (!begins) {
        if (at === 0) this.#listener.body(segment, false);
        return -1;
      }
      this.#state = 'head';
    }
    if (at >= segment.captured) return this.#lose();
    return this.#partial === undefined
      ? this.#beginHead(segment, at)
      : this.#continueHead(segment, at, this.#partial);
  }

  #skipBody(segment: Segment, at: number): number {
    const length = Math.min(this.#bodyLeft, segment.length - at);
    this.#bodyLeft -= length;
    if (this.#bodyLeft === 0) {
      this.#state = 'head';
      this.#listener.body(segment, true);
    }
    return at + length;
  }

  #skipChunks(segment: Segment, at: number, chunks: ChunkedBody): number {
    const next = chunks.take(segment, at);
    if (next < 0) {
      this.#state = 'searching';
      this.#listener.unbounded();
      return at;
    }
    if (chunks.isComplete) this.#state = 'head';
    this.#listener.body(segment, chunks.isComplete);
    return next;
  }

  #beginHead(segment: Segment, at: number): number {
    const { view, offset } = segment;
    const end = offset + segment.captured;
    const from = offset + at;
    const byte = view.getUint8(from);
    // RFC 9112 §2.2: empty lines before a request are to be ignored.
    if (byte === 0x0d || byte === 0x0a) return at + 1;
    if (
      !beginsHead(view, from, end, this.#isResponse) &&
      !(segment.captured === segment.length && mayBeginHead(view, from, end, this.#isResponse))
    )
      return this.#lose();
    this.#firstNs = segment.timeNs;
    this.#firstFrame = segment.frame;
    const headEnd = this.#emptyLine.find(view, from, end);
    if (headEnd >= 0) return this.#finish(segment, readHead(view, from, headEnd), headEnd - offset);
    if (segment.captured < segment.length || end - from > MAX_HEAD_BYTES)
      return this.#finishCut(segment, view, from, end);
    if (!this.#budget.take(MAX_HEAD_BYTES)) return this.#lose();
    this.#partial = new Uint8Array(MAX_HEAD_BYTES);
    this.#partialLength = 0;
    this.#append(this.#partial, segment, from, end);
    return -1;
  }

  #continueHead(segment: Segment, at: number, partial: Uint8Array): number {
    const { view, offset } = segment;
    const end = offset + segment.captured;
    const headEnd = this.#emptyLine.find(view, offset + at, end);
    const fits = this.#append(partial, segment, offset + at, headEnd < 0 ? end : headEnd);
    if (headEnd < 0 && fits && segment.captured === segment.length) return -1;
    const whole = new DataView(partial.buffer);
    const length = this.#partialLength;
    this.release();
    if (!beginsHead(whole, 0, length, this.#isResponse)) return this.#lose();
    if (headEnd < 0) return this.#finishCut(segment, whole, 0, length);
    return this.#finish(segment, readHead(whole, 0, length), headEnd - offset);
  }

  /** False if not all fitted. */
  #append(partial: Uint8Array, { view }: Segment, from: number, end: number): boolean {
    const length = Math.min(end - from, MAX_HEAD_BYTES - this.#partialLength);
    partial.set(new Uint8Array(view.buffer, view.byteOffset + from, length), this.#partialLength);
    this.#partialLength += length;
    return length === end - from;
  }

  #finish(segment: Segment, head: Http1Head, bodyAt: number): number {
    const bodyLength = this.#listener.head(head, segment, this.#firstNs, this.#firstFrame, bodyAt);
    if (bodyLength === NO_MORE_HEADS) this.#state = 'ended';
    else if (bodyLength === UNTIL_NEXT_HEAD) this.#state = 'searching';
    else if (bodyLength === IN_CHUNKS) {
      this.#state = 'chunks';
      this.#chunks = new ChunkedBody();
    } else {
      this.#state = 'body';
      this.#bodyLeft = bodyLength;
      // A message without a body is complete at once.
      if (bodyLength === 0) return this.#skipBody(segment, bodyAt);
    }
    return this.#state === 'searching' ? -1 : bodyAt;
  }

  /** A head of which the end is missing: what it says counts, how long its body is does not. */
  #finishCut(segment: Segment, view: DataView, from: number, end: number): number {
    this.#emptyLine.reset();
    this.#listener.head(readHead(view, from, end), segment, this.#firstNs, this.#firstFrame, segment.length);
    this.#state = 'searching';
    return -1;
  }

  #lose(): number {
    this.release();
    this.#emptyLine.reset();
    this.#state = 'searching';
    this.#listener.lost();
    return -1;
  }
}
