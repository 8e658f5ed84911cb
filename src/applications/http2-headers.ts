import type { ByteBudget } from './byte-budget.ts';
import { HpackDecoder } from './hpack.ts';
import { FrameType } from './http2-frames.ts';

/** RFC 9113 §6.2. */
const END_HEADERS = 0x4;
const PADDED = 0x8;
const PRIORITY = 0x20;
const PRIORITY_BYTES = 5;
const PROMISED_STREAM_BYTES = 4;
/** Longest header block that is collected from CONTINUATION frames. */
const MAX_BLOCK_BYTES = 65_536;

/** The fields of one message, by name; only those that anybody judges. */
export type Headers = Map<string, string>;

const WANTED: ReadonlySet<string> = new Set([
  ':method',
  ':path',
  ':authority',
  ':status',
  'accept',
  'content-type',
  'grpc-status',
  'server',
  'user-agent',
]);

/** Puts the header blocks of one direction together and decodes them, in the order in which they came. */
export class Http2Headers {
  readonly #decoder: HpackDecoder;
  readonly #budget: ByteBudget;
  #block: Uint8Array | undefined;
  #blockLength = 0;

  constructor(budget: ByteBudget) {
    this.#decoder = new HpackDecoder(budget);
    this.#budget = budget;
  }

  /** Forgets all: frames were missed, or the connection is over. */
  miss(): void {
    this.#dropBlock();
    this.#decoder.miss();
  }

  /** Takes HEADERS, PUSH_PROMISE or CONTINUATION; gives the fields once their block is complete and could be decoded. */
  take(type: number, flags: number, body: Uint8Array, kept: number, length: number): Headers | undefined {
    if (kept < length) return this.#refuse();
    const [from, end] = blockOf(type, flags, body, kept);
    if (from > end) return this.#refuse();
    const isFirst = type !== FrameType.Continuation;
    if (isFirst && (flags & END_HEADERS) !== 0) return this.#decode(body.subarray(from, end));
    if (isFirst) this.#dropBlock();
    if (!this.#append(isFirst, body.subarray(from, end))) return this.#refuse();
    if ((flags & END_HEADERS) === 0) return undefined;
    const headers = this.#decode((this.#block as Uint8Array).subarray(0, this.#blockLength));
    this.#dropBlock();
    return headers;
  }

  #append(isFirst: boolean, part: Uint8Array): boolean {
    if (isFirst) {
      if (!this.#budget.take(MAX_BLOCK_BYTES)) return false;
      this.#block = new Uint8Array(MAX_BLOCK_BYTES);
    }
    if (this.#block === undefined || this.#blockLength + part.length > MAX_BLOCK_BYTES) return false;
    this.#block.set(part, this.#blockLength);
    this.#blockLength += part.length;
    return true;
  }

  #decode(block: Uint8Array): Headers | undefined {
    const headers: Headers = new Map();
    const isWhole = this.#decoder.decode(block, block.length, (name, value) => {
      if (WANTED.has(name) && !headers.has(name)) headers.set(name, printable(value));
    });
    return isWhole ? headers : undefined;
  }

  #refuse(): undefined {
    this.miss();
  }

  #dropBlock(): void {
    if (this.#block !== undefined) this.#budget.give(MAX_BLOCK_BYTES);
    this.#block = undefined;
    this.#blockLength = 0;
  }
}

/** Where the header block lies within a frame, without padding, priority and promised stream. */
function blockOf(type: number, flags: number, body: Uint8Array, length: number): readonly [number, number] {
  if (type === FrameType.Continuation) return [0, length];
  const isPadded = (flags & PADDED) !== 0;
  const padding = isPadded ? (body[0] as number) : 0;
  const priority = type === FrameType.Headers && (flags & PRIORITY) !== 0 ? PRIORITY_BYTES : 0;
  const promised = type === FrameType.PushPromise ? PROMISED_STREAM_BYTES : 0;
  return [(isPadded ? 1 : 0) + priority + promised, length - padding];
}

function printable(value: string): string {
  return value.replaceAll(/[^ -~]/g, '?');
}
