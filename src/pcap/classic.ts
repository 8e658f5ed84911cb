import type { Frame } from './frame.ts';
import { interfaceId, MAX_RECORD_BYTES, noteDamage } from './format.ts';
import type { FormatParser, ParserContext } from './format.ts';
import { SECTION_HEADER_BLOCK } from './section-header.ts';

/*
 * Classic pcap (draft-ietf-opsawg-pcap): a 24-byte header, then records of
 *   seconds:32 fraction:32 capturedLength:32 originalLength:32 bytes
 * in the byte order of the writer; the magic number tells byte order and unit of the fraction.
 */

/** Length of the file header in bytes. */
export const CLASSIC_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Kuznetzov's modified format adds interface index, protocol, packet type and padding to each record. */
const MODIFIED_RECORD_HEADER_BYTES = 24;

interface Variant {
  readonly littleEndian: boolean;
  readonly nanosecondsPerUnit: number;
  readonly recordHeaderBytes: number;
}

/** The magic numbers as they stand in the file, read big-endian. */
const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { littleEndian: false, nanosecondsPerUnit: 1000, recordHeaderBytes: RECORD_HEADER_BYTES }],
  [0xd4c3b2a1, { littleEndian: true, nanosecondsPerUnit: 1000, recordHeaderBytes: RECORD_HEADER_BYTES }],
  [0xa1b23c4d, { littleEndian: false, nanosecondsPerUnit: 1, recordHeaderBytes: RECORD_HEADER_BYTES }],
  [0x4d3cb2a1, { littleEndian: true, nanosecondsPerUnit: 1, recordHeaderBytes: RECORD_HEADER_BYTES }],
  [
    0xa1b2cd34,
    { littleEndian: false, nanosecondsPerUnit: 1000, recordHeaderBytes: MODIFIED_RECORD_HEADER_BYTES },
  ],
  [
    0x34cdb2a1,
    { littleEndian: true, nanosecondsPerUnit: 1000, recordHeaderBytes: MODIFIED_RECORD_HEADER_BYTES },
  ],
]);

/** Whether a file that begins with this number (read big-endian) is classic pcap. */
export function isClassicMagic(magic: number): boolean {
  return VARIANTS.has(magic);
}

/** Whether 16 bytes that would be a record without a packet are the begin of a file header, version 2.4. */
function isFileHeader(view: DataView, at: number): boolean {
  const variant = VARIANTS.get(view.getUint32(at));
  if (variant === undefined || view.getUint32(at + 12) !== 0) return false;
  return (
    view.getUint16(at + 4, variant.littleEndian) === 2 && view.getUint16(at + 6, variant.littleEndian) === 4
  );
}

/** Reads the records of one classic capture; `header` views exactly its first 24 bytes. */
export class ClassicParser implements FormatParser {
  skipBytes = 0;
  isOver = false;
  readonly #context: ParserContext;
  readonly #frame: Frame;
  readonly #littleEndian: boolean;
  readonly #nanosecondsPerUnit: number;
  readonly #recordHeaderBytes: number;
  readonly #snapLength: number;
  #notedOriginalLength = false;

  constructor(header: DataView, context: ParserContext) {
    const variant = VARIANTS.get(header.getUint32(0)) as Variant;
    this.#context = context;
    this.#frame = context.frame;
    this.#littleEndian = variant.littleEndian;
    this.#nanosecondsPerUnit = variant.nanosecondsPerUnit;
    this.#recordHeaderBytes = variant.recordHeaderBytes;
    this.#snapLength = header.getUint32(16, variant.littleEndian);
    this.#frame.snapLength = this.#snapLength;
    const network = header.getUint32(20, variant.littleEndian);
    // The upper bits hold the length of a frame check sequence and flags; 16 bits are the link type.
    this.#frame.linkType = network & 0xffff;
    // With too many interfaces in front of it, it shares the first one's.
    this.#frame.interfaceId = Math.max(interfaceId(context, `classic ${this.#frame.linkType}`), 0);
    this.#checkHeader(header, network);
  }

  #checkHeader(header: DataView, network: number): void {
    const major = header.getUint16(4, this.#littleEndian);
    const minor = header.getUint16(6, this.#littleEndian);
    if (major !== 2 || (minor !== 4 && minor !== 3)) {
      this.#damage(
        4,
        `the file says that it is version ${major}.${minor} of the format, 2.4 is the only one in use`,
      );
    }
    if ((network & 0x03ff0000) !== 0) {
      this.#damage(20, `reserved bits of the link type are set (0x${network.toString(16)})`);
    }
  }

  #damage(offsetBytes: number, text: string): void {
    noteDamage(this.#context, offsetBytes, text);
  }

  process(view: DataView, from: number, to: number, base: number): number {
    const littleEndian = this.#littleEndian;
    const headerBytes = this.#recordHeaderBytes;
    const longest = MAX_RECORD_BYTES + Math.min(this.#snapLength, MAX_RECORD_BYTES);
    const frame = this.#frame;
    frame.view = view;
    let at = from;
    while (to - at >= headerBytes) {
      const capturedLength = view.getUint32(at + 8, littleEndian);
      if (capturedLength > longest) {
        if (view.getUint32(at) === SECTION_HEADER_BLOCK) return this.#endAt(at);
        this.#damage(
          base + at,
          `a record claims ${capturedLength} captured bytes, which no capture of this snap length holds`,
        );
        return -1;
      }
      const next = at + headerBytes + capturedLength;
      if (next > to) break;
      // As a record, the header of another file holds nothing: its zone and accuracy are 0.
      if (capturedLength === 0 && isFileHeader(view, at)) return this.#endAt(at);
      frame.offset = at + headerBytes;
      frame.capturedLength = capturedLength;
      frame.originalLength = view.getUint32(at + 12, littleEndian);
      frame.number++;
      if (capturedLength > frame.originalLength) this.#noteLength(frame, base + at);
      const fraction = view.getUint32(at + 4, littleEndian) * this.#nanosecondsPerUnit;
      // A fraction of a second or more is a writer's mistake; the second is still worth having.
      frame.timeNs = this.#context.clock.since(
        view.getUint32(at, littleEndian),
        fraction < 1e9 ? fraction : 999_999_999,
      );
      this.#context.sink.frame(frame);
      at = next;
    }
    return at;
  }

  #endAt(at: number): number {
    this.isOver = true;
    return at;
  }

  /** More captured than there was: the bytes are used, the contradiction is said once. */
  #noteLength(frame: Frame, offsetBytes: number): void {
    if (this.#notedOriginalLength) return;
    this.#notedOriginalLength = true;
    this.#damage(
      offsetBytes,
      `frame ${frame.number} holds ${frame.capturedLength} bytes of a packet of ${frame.originalLength}`,
    );
  }
}
