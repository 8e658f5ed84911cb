import { Frame } from './frame.ts';
import { MAX_RECORD_BYTES, noteDamage } from './format.ts';
import type { FormatParser, ParserContext } from './format.ts';
import { Timestamp, timestampUnit } from './timestamp.ts';
import type { TimestampUnit } from './timestamp.ts';

/*
 * pcapng (draft-ietf-opsawg-pcapng): blocks of
 *   type:32 totalLength:32 body padded to 32 bits totalLength:32
 * in the byte order of the section they stand in.
 */

/** Type of the Section Header Block; a palindrome, so it reads alike in both byte orders. */
export const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
const INTERFACE_BLOCK = 1;
const OBSOLETE_PACKET_BLOCK = 2;
const SIMPLE_PACKET_BLOCK = 3;
const INTERFACE_STATISTICS_BLOCK = 5;
const ENHANCED_PACKET_BLOCK = 6;
const JOURNAL_BLOCK = 9;
const CUSTOM_BLOCK = 0x00000bad;
const CUSTOM_BLOCK_NOT_COPIED = 0x40000bad;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_END = 0;
const OPTION_TIMESTAMP_RESOLUTION = 9;
const OPTION_TIMESTAMP_OFFSET = 14;
const OPTION_INTERFACE_DROPS = 5;
const OPTION_SYSTEM_DROPS = 7;
/** A capture with more interfaces is hostile; real ones have tens. */
const MAX_INTERFACES = 4096;
const MAX_PACKET_BLOCK_BYTES = 2 * MAX_RECORD_BYTES + 65_536;

interface CaptureInterface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly unit: TimestampUnit;
  readonly offsetSeconds: number;
  /** What its statistics said last. */
  drops: number;
}

/** Reads the blocks of a pcapng capture, any number of sections in any byte order. */
export class PcapngParser implements FormatParser {
  skipBytes = 0;
  readonly #context: ParserContext;
  readonly #frame = new Frame();
  readonly #time = new Timestamp();
  #littleEndian = true;
  #interfaces: CaptureInterface[] = [];
  /** Interface ids go on counting over sections, so that two sections' interfaces stay apart. */
  #firstInterfaceOfSection = 0;
  #interfacesSeen = 0;

  constructor(context: ParserContext) {
    this.#context = context;
  }

  #damage(offsetBytes: number, text: string): void {
    noteDamage(this.#context, offsetBytes, text);
  }

  process(view: DataView, from: number, to: number, base: number): number {
    let at = from;
    while (to - at >= 12) {
      const isSection = view.getUint32(at) === SECTION_HEADER_BLOCK;
      if (isSection && !this.#readByteOrder(view, at, base)) return -1;
      const type = view.getUint32(at, this.#littleEndian);
      const length = view.getUint32(at + 4, this.#littleEndian);
      if (length < 12 || length % 4 !== 0) {
        this.#damage(base + at, `a block of type 0x${type.toString(16)} claims a length of ${length} bytes`);
        return -1;
      }
      const isPacket =
        type === ENHANCED_PACKET_BLOCK || type === SIMPLE_PACKET_BLOCK || type === OBSOLETE_PACKET_BLOCK;
      if (length > MAX_PACKET_BLOCK_BYTES) {
        if (isPacket || isSection) {
          this.#damage(base + at, `a packet or section block claims ${length} bytes`);
          return -1;
        }
        this.skipBytes = length;
        return at;
      }
      if (at + length > to) break;
      if (view.getUint32(at + length - 4, this.#littleEndian) !== length) {
        this.#damage(
          base + at,
          `the two lengths of a block differ (${length} and ${view.getUint32(at + length - 4, this.#littleEndian)})`,
        );
        return -1;
      }
      this.#block(type, view, at, at + length - 4, base);
      at += length;
    }
    return at;
  }

  #readByteOrder(view: DataView, at: number, base: number): boolean {
    const magic = view.getUint32(at + 8);
    if (magic === BYTE_ORDER_MAGIC) this.#littleEndian = false;
    else if (view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) this.#littleEndian = true;
    else {
      this.#damage(base + at + 8, `a section header has no byte-order magic (0x${magic.toString(16)})`);
      return false;
    }
    return true;
  }

  /** `at` is the block's first byte, `end` the first byte of its trailing length. */
  #block(type: number, view: DataView, at: number, end: number, base: number): void {
    switch (type) {
      case ENHANCED_PACKET_BLOCK:
        if (end - at >= 28)
          this.#enhancedPacket(view, at, end, base, view.getUint32(at + 8, this.#littleEndian));
        else this.#damage(base + at, 'an enhanced packet block is too short for its fields');
        break;
      case OBSOLETE_PACKET_BLOCK:
        if (end - at >= 28)
          this.#enhancedPacket(view, at, end, base, view.getUint16(at + 8, this.#littleEndian));
        else this.#damage(base + at, 'a packet block is too short for its fields');
        break;
      case SIMPLE_PACKET_BLOCK:
        if (end - at >= 12) this.#simplePacket(view, at, end, base);
        else this.#damage(base + at, 'a simple packet block is too short for its fields');
        break;
      case INTERFACE_BLOCK:
        if (end - at >= 16) this.#interface(view, at, end, base);
        else this.#damage(base + at, 'an interface description block is too short for its fields');
        break;
      case INTERFACE_STATISTICS_BLOCK:
        if (end - at >= 20) this.#statistics(view, at, end, base);
        break;
      case SECTION_HEADER_BLOCK:
        this.#section(view, at, end, base);
        break;
      case JOURNAL_BLOCK:
      case CUSTOM_BLOCK:
      case CUSTOM_BLOCK_NOT_COPIED:
        // No packets, but Wireshark numbers them among the frames, and our numbers are looked up there.
        this.#frame.number++;
        break;
      default: // Names, secrets, custom and future blocks are skipped, as the format asks for.
    }
  }

  #section(view: DataView, at: number, end: number, base: number): void {
    this.#firstInterfaceOfSection = this.#interfacesSeen;
    this.#interfaces = [];
    if (end - at < 24) {
      this.#damage(base + at, 'a section header is too short for its fields');
      return;
    }
    const major = view.getUint16(at + 12, this.#littleEndian);
    if (major !== 1)
      this.#damage(base + at + 12, `a section says that it is version ${major} of the format, 1 is known`);
    this.#options(view, at + 24, end, base, () => undefined);
  }

  #interface(view: DataView, at: number, end: number, base: number): void {
    if (this.#interfaces.length >= MAX_INTERFACES) return;
    let unit = timestampUnit(6);
    let offsetSeconds = 0;
    this.#options(view, at + 16, end, base, (code, valueAt, length) => {
      if (code === OPTION_TIMESTAMP_RESOLUTION && length >= 1) unit = timestampUnit(view.getUint8(valueAt));
      if (code === OPTION_TIMESTAMP_OFFSET && length >= 8) {
        offsetSeconds = Number(view.getBigInt64(valueAt, this.#littleEndian));
      }
    });
    this.#interfaces.push({
      linkType: view.getUint16(at + 8, this.#littleEndian),
      snapLength: view.getUint32(at + 12, this.#littleEndian),
      unit,
      offsetSeconds,
      drops: 0,
    });
    this.#interfacesSeen++;
  }

  /** The counters of a block count from the beginning of the capture, so the last block of an interface holds. */
  #statistics(view: DataView, at: number, end: number, base: number): void {
    const captureInterface = this.#interfaces[view.getUint32(at + 8, this.#littleEndian)];
    if (captureInterface === undefined) return;
    let drops: number | null = null;
    this.#options(view, at + 20, end, base, (code, valueAt, length) => {
      if ((code === OPTION_INTERFACE_DROPS || code === OPTION_SYSTEM_DROPS) && length === 8) {
        drops = (drops ?? 0) + Number(view.getBigUint64(valueAt, this.#littleEndian));
      }
    });
    if (drops === null) return;
    this.#context.interfaceDrops = (this.#context.interfaceDrops ?? 0) + drops - captureInterface.drops;
    captureInterface.drops = drops;
  }

  /** Calls `each` for every option; one that leaves its block is damage and ends the walk. */
  #options(
    view: DataView,
    from: number,
    end: number,
    base: number,
    each: (code: number, valueAt: number, lengthBytes: number) => void,
  ): void {
    let at = from;
    while (end - at >= 4) {
      const code = view.getUint16(at, this.#littleEndian);
      const length = view.getUint16(at + 2, this.#littleEndian);
      if (code === OPTION_END) return;
      if (at + 4 + length > end) {
        this.#damage(base + at, `an option of ${length} bytes does not fit into its block`);
        return;
      }
      each(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }

  #enhancedPacket(view: DataView, at: number, end: number, base: number, interfaceNumber: number): void {
    const captureInterface = this.#interfaces[interfaceNumber];
    if (captureInterface === undefined) {
      this.#damage(base + at, `a packet names interface ${interfaceNumber}, which is not described`);
      return;
    }
    const capturedLength = view.getUint32(at + 20, this.#littleEndian);
    if (capturedLength > end - (at + 28)) {
      this.#damage(
        base + at,
        `a packet claims ${capturedLength} bytes in a block that holds ${end - at - 28}`,
      );
      return;
    }
    const time = this.#time;
    time.set(
      view.getUint32(at + 12, this.#littleEndian),
      view.getUint32(at + 16, this.#littleEndian),
      captureInterface.unit,
    );
    const timeNs = this.#context.clock.since(time.seconds + captureInterface.offsetSeconds, time.nanoseconds);
    const originalLength = view.getUint32(at + 24, this.#littleEndian);
    this.#emit(view, at + 28, capturedLength, originalLength, timeNs, captureInterface, interfaceNumber);
  }

  #simplePacket(view: DataView, at: number, end: number, base: number): void {
    const captureInterface = this.#interfaces[0];
    if (captureInterface === undefined) {
      this.#damage(base + at, 'a simple packet block stands before any interface description');
      return;
    }
    const originalLength = view.getUint32(at + 8, this.#littleEndian);
    const snapLength = captureInterface.snapLength === 0 ? originalLength : captureInterface.snapLength;
    const capturedLength = Math.min(originalLength, snapLength, end - (at + 12));
    this.#emit(view, at + 12, capturedLength, originalLength, Number.NaN, captureInterface, 0);
  }

  #emit(
    view: DataView,
    offset: number,
    capturedLength: number,
    originalLength: number,
    timeNs: number,
    captureInterface: CaptureInterface,
    interfaceNumber: number,
  ): void {
    const frame = this.#frame;
    frame.view = view;
    frame.offset = offset;
    frame.capturedLength = capturedLength;
    frame.originalLength = originalLength;
    frame.timeNs = timeNs;
    frame.linkType = captureInterface.linkType;
    frame.snapLength = captureInterface.snapLength;
    frame.interfaceId = this.#firstInterfaceOfSection + interfaceNumber;
    frame.number++;
    this.#context.sink.frame(frame);
  }
}
