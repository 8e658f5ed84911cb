import { CLASSIC_HEADER_BYTES, ClassicParser, isClassicMagic } from './classic.ts';
import { MAX_RECORD_BYTES } from './format.ts';
import type { FormatParser, ParserContext } from './format.ts';
import { CaptureClock } from './frame.ts';
import type { Damage, FrameSink } from './frame.ts';
import { PcapngParser, SECTION_HEADER_BLOCK } from './pcapng.ts';

/** Room for the longest record that is accepted, twice. */
const BUFFER_BYTES = 4 * MAX_RECORD_BYTES;
/** One piece of a file: what was read is still in the processor's second cache when it is looked at, and so are the tables. */
const PIECE_BYTES = 256 * 1024;

/** Formats that begin with a known number but are not read, and what turns them into pcap. */
const FOREIGN_FORMATS: readonly { readonly magic: number; readonly text: string }[] = [
  { magic: 0x736e6f6f, text: 'this is a snoop capture; "editcap -F pcap IN OUT" converts it' },
  { magic: 0x1f8b0800, text: 'this is gzip inside the capture; decompress it once more' },
  { magic: 0x28b52ffd, text: 'this is zstd inside the capture; decompress it once more' },
  { magic: 0x52545353, text: 'this is a Windows NetMon capture; "editcap -F pcap IN OUT" converts it' },
  { magic: 0x474d4255, text: 'this is a Windows NetMon capture; "editcap -F pcap IN OUT" converts it' },
];

/** How reading ended. */
export interface ReadResult {
  readonly damage: readonly Damage[];
  /** Packets that the interfaces reported as dropped; null: the capture does not say. */
  readonly interfaceDrops: number | null;
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
    this.#context = { sink, clock: this.clock, damage: [], interfaceDrops: null };
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
    const { damage } = this.#context;
    const rest = this.#end - this.#start;
    const offsetBytes = this.#base + this.#start;
    if (!this.#dead) {
      if (this.#parser === null && this.#base + this.#end === 0)
        damage.push({ offsetBytes: 0, text: 'the capture is empty, not even a file header' });
      else if (this.#parser === null)
        damage.push({ offsetBytes: 0, text: `the capture ends after ${rest} bytes, within its file header` });
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
    return { damage, interfaceDrops: this.#context.interfaceDrops, bytesRead: this.#base + this.#end };
  }

  #process(): void {
    if (this.#dead) {
      this.#start = this.#end;
      return;
    }
    if (this.#parser === null && !this.#detect()) return;
    const parser = this.#parser as unknown as FormatParser;
    for (;;) {
      this.#skip(parser);
      if (parser.skipBytes > 0) return;
      const next = parser.process(this.#view, this.#start, this.#end, this.#base);
      if (next < 0) {
        this.#dead = true;
        this.#start = this.#end;
        return;
      }
      this.#start = next;
      if (parser.skipBytes === 0) return;
    }
  }

  #skip(parser: FormatParser): void {
    const length = Math.min(parser.skipBytes, this.#end - this.#start);
    this.#start += length;
    parser.skipBytes -= length;
  }

  /** Chooses the format by its first bytes; false while there are too few. */
  #detect(): boolean {
    if (this.#end - this.#start < 4) return false;
    const magic = this.#view.getUint32(this.#start);
    if (magic === SECTION_HEADER_BLOCK) {
      this.#parser = new PcapngParser(this.#context);
      return true;
    }
    if (isClassicMagic(magic)) {
      if (this.#end - this.#start < CLASSIC_HEADER_BYTES) return false;
      this.#parser = new ClassicParser(
        new DataView(this.#bytes.buffer, this.#start, CLASSIC_HEADER_BYTES),
        this.#context,
      );
      this.#start += CLASSIC_HEADER_BYTES;
      return true;
    }
    const foreign = FOREIGN_FORMATS.find(
      (format) => format.magic === magic || format.magic >>> 8 === magic >>> 8,
    );
    const text =
      foreign?.text ??
      `this is neither pcap nor pcapng (it begins with 0x${magic.toString(16).padStart(8, '0')})`;
    this.#context.damage.push({ offsetBytes: 0, text });
    this.#dead = true;
    return false;
  }
}
