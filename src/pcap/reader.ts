import { CLASSIC_HEADER_BYTES, ClassicParser, isClassicMagic } from './classic.ts';
import { MAX_RECORD_BYTES } from './format.ts';
import type { FormatParser, ParserContext } from './format.ts';
import { FOREIGN_FORMAT_BYTES, foreignFormat } from './foreign-formats.ts';
import { CaptureClock, Frame } from './frame.ts';
import type { Damage, FrameSink } from './frame.ts';
import { PcapngParser } from './pcapng.ts';
import { CaptureRemarks } from './remarks.ts';
import type { CaptureComment, GivenName } from './remarks.ts';
import { SECTION_HEADER_BLOCK } from './section-header.ts';

/** Where a piece begins in its buffer: room for the longest record that is accepted, the part of it that the last piece held. */
export const CARRIED_BYTES: number = 2 * MAX_RECORD_BYTES;
/** One piece of a stream; many captures may be read at the same time. */
const STREAM_PIECE_BYTES = 128 * 1024;
/** One piece of a file, enough to be worth the turn of another thread: in pieces of 512 KiB that takes twice the time. */
const FILE_PIECE_BYTES = 2 * 1024 * 1024;

/** How reading ended. */
export interface ReadResult {
  readonly damage: readonly Damage[];
  /** Packets that the interfaces reported as dropped; null: the capture does not say. */
  readonly interfaceDrops: number | null;
  readonly comments: readonly CaptureComment[];
  /** Names of addresses that the capture gives (pcapng Name Resolution). */
  readonly givenNames: readonly GivenName[];
  /** Bytes of the capture that were taken in. */
  readonly bytesRead: number;
}

/**
 * Turns the bytes of a capture, in pieces of any size, into frames: classic pcap in both byte orders
 * and resolutions, and pcapng. Two buffers take turns, so that one may be filled while the other is looked at; a
 * record that is cut by the end of a piece is carried over. Damage never throws: it ends the reading, and what was
 * read before stays.
 */
export class CaptureReader {
  readonly clock: CaptureClock = new CaptureClock();
  readonly #context: ParserContext;
  #buffer: Uint8Array = new Uint8Array(CARRIED_BYTES + STREAM_PIECE_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #otherBuffer: Uint8Array = new Uint8Array(CARRIED_BYTES + STREAM_PIECE_BYTES);
  #otherView = new DataView(this.#otherBuffer.buffer);
  #start: number = CARRIED_BYTES;
  #end: number = CARRIED_BYTES;
  /** File offset of the buffer's first byte. */
  #base: number = -CARRIED_BYTES;
  #parser: FormatParser | null = null;
  #dead = false;

  constructor(sink: FrameSink) {
    this.#context = {
      sink,
      clock: this.clock,
      frame: new Frame(),
      interfaces: new Map(),
      remarks: new CaptureRemarks(),
      damage: [],
      interfaceDrops: null,
    };
  }

  /**
   * Free space, to read a piece of a file straight into; follow up with {@link commit}. It may be filled while
   * {@link process} looks at what was committed before.
   */
  reserve(): Uint8Array {
    if (this.#otherBuffer.length < CARRIED_BYTES + FILE_PIECE_BYTES) {
      this.#otherBuffer = new Uint8Array(CARRIED_BYTES + FILE_PIECE_BYTES);
      this.#otherView = new DataView(this.#otherBuffer.buffer);
    }
    return this.#otherBuffer.subarray(CARRIED_BYTES);
  }

  /** Takes the first `lengthBytes` bytes that were put into {@link reserve}'s space; follow up with {@link process}. */
  commit(lengthBytes: number): void {
    const carried = this.#buffer.subarray(this.#start, this.#end);
    const start = CARRIED_BYTES - carried.length;
    this.#otherBuffer.set(carried, start);
    this.#base += this.#end - CARRIED_BYTES;
    [this.#buffer, this.#otherBuffer] = [this.#otherBuffer, this.#buffer];
    [this.#view, this.#otherView] = [this.#otherView, this.#view];
    this.#start = start;
    this.#end = CARRIED_BYTES + lengthBytes;
  }

  /** Takes a piece of the capture; its bytes are copied. */
  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const space = this.#otherBuffer.subarray(CARRIED_BYTES);
      const length = Math.min(space.length, chunk.length - at);
      space.set(length === chunk.length ? chunk : chunk.subarray(at, at + length));
      this.commit(length);
      this.process();
      at += length;
    }
  }

  /** Ends the capture; an incomplete last record is damage. */
  end(): ReadResult {
    const { damage, remarks, interfaceDrops } = this.#context;
    if (this.#parser === null && !this.#dead && this.#end > this.#start) this.#detect(true);
    const rest = this.#end - this.#start;
    const offsetBytes = this.#base + this.#start;
    if (!this.#dead) {
      if (this.#parser === null && this.#base + this.#end === 0)
        damage.push({ offsetBytes: 0, text: 'the capture is empty, not even a file header' });
      else if (this.#parser === null)
        damage.push({ offsetBytes, text: `the capture ends after ${rest} bytes, within its file header` });
      else if (this.#parser.skipBytes > 0)
        damage.push({
          offsetBytes,
          text: `the capture ends ${this.#parser.skipBytes} bytes before the end of a block`,
        });
      else if (rest > 0)
        damage.push({
          offsetBytes,
          text: `the capture ends in the middle of a record (${rest} bytes of it are there)`,
        });
    }
    return {
      damage,
      interfaceDrops,
      comments: remarks.comments,
      givenNames: remarks.names,
      bytesRead: this.#base + this.#end,
    };
  }

  /** Looks at what was committed, up to the last whole record. */
  process(): void {
    while (!this.#dead && (this.#parser !== null || this.#detect(false))) {
      const parser = this.#parser as unknown as FormatParser;
      this.#skip(parser);
      if (parser.skipBytes > 0) return;
      const next = parser.process(this.#view, this.#start, this.#end, this.#base);
      this.#dead = next < 0;
      this.#start = this.#dead ? this.#end : next;
      if (parser.isOver) this.#parser = null;
      else if (parser.skipBytes === 0) break;
    }
    if (this.#dead) this.#start = this.#end;
  }

  #skip(parser: FormatParser): void {
    const length = Math.min(parser.skipBytes, this.#end - this.#start);
    this.#start += length;
    parser.skipBytes -= length;
  }

  /** Chooses the format by its first bytes; false while there are too few, which they are not at the end. */
  #detect(atEnd: boolean): boolean {
    const lengthBytes = this.#end - this.#start;
    if (lengthBytes < 4) return false;
    const magic = this.#view.getUint32(this.#start);
    if (magic === SECTION_HEADER_BLOCK) {
      this.#parser = new PcapngParser(this.#context);
      return true;
    }
    if (isClassicMagic(magic)) {
      if (lengthBytes < CLASSIC_HEADER_BYTES) return false;
      this.#parser = new ClassicParser(
        new DataView(this.#buffer.buffer, this.#start, CLASSIC_HEADER_BYTES),
        this.#context,
      );
      this.#start += CLASSIC_HEADER_BYTES;
      return true;
    }
    if (lengthBytes < FOREIGN_FORMAT_BYTES && !atEnd) return false;
    const text =
      foreignFormat(
        this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + FOREIGN_FORMAT_BYTES)),
      ) ?? `this is neither pcap nor pcapng (it begins with 0x${magic.toString(16).padStart(8, '0')})`;
    this.#context.damage.push({ offsetBytes: this.#base + this.#start, text });
    this.#dead = true;
    return false;
  }
}
