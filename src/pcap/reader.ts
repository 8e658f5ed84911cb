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

/** Room for the longest record that is accepted, twice. */
const BUFFER_BYTES = 4 * MAX_RECORD_BYTES;
/** One piece of a file: what was read is still in the processor's second cache when it is looked at, and so are the tables. */
const PIECE_BYTES = 256 * 1024;

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
 * and resolutions, and pcapng. One buffer is reused; a record that is cut by the end of a piece is
 * carried over. Damage never throws: it ends the reading, and what was read before stays.
 */
export class CaptureReader {
  readonly clock: CaptureClock = new CaptureClock();
  readonly #context: ParserContext;
  readonly #bytes = new Uint8Array(BUFFER_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #start = 0;
  #end = 0;
  /** File offset of the buffer's first byte. */
  #base = 0;
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

  /** Free space of the buffer, to read a piece of a file straight into; follow up with {@link commit}. */
  reserve(): Uint8Array {
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#base += this.#start;
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#bytes.subarray(this.#end, this.#end + PIECE_BYTES);
  }

  /** Takes the first `lengthBytes` bytes that were put into {@link reserve}'s space. */
  commit(lengthBytes: number): void {
    this.#end += lengthBytes;
    this.#process();
  }

  /** Takes a piece of the capture; its bytes are copied. */
  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const space = this.reserve();
      const length = Math.min(space.length, chunk.length - at);
      space.set(length === chunk.length ? chunk : chunk.subarray(at, at + length));
      this.commit(length);
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

  #process(): void {
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
        new DataView(this.#bytes.buffer, this.#start, CLASSIC_HEADER_BYTES),
        this.#context,
      );
      this.#start += CLASSIC_HEADER_BYTES;
      return true;
    }
    if (lengthBytes < FOREIGN_FORMAT_BYTES && !atEnd) return false;
    const text =
      foreignFormat(
        this.#bytes.subarray(this.#start, Math.min(this.#end, this.#start + FOREIGN_FORMAT_BYTES)),
      ) ?? `this is neither pcap nor pcapng (it begins with 0x${magic.toString(16).padStart(8, '0')})`;
    this.#context.damage.push({ offsetBytes: this.#base + this.#start, text });
    this.#dead = true;
    return false;
  }
}
