import { isClassicMagic } from './classic.ts';
import type { Frame } from './frame.ts';
import { interfaceId, MAX_RECORD_BYTES, noteDamage } from './format.ts';
import type { FormatParser, ParserContext } from './format.ts';
import { OptionCode, PcapngOptions } from './pcapng-options.ts';
import { SECTION_HEADER_BLOCK } from './section-header.ts';
import { Timestamp, timestampUnit } from './timestamp.ts';
import type { TimestampUnit } from './timestamp.ts';

/*
 * pcapng (draft-ietf-opsawg-pcapng): blocks of
 *   type:32 totalLength:32 body padded to 32 bits totalLength:32
 * in the byte order of the section they stand in.
 */

const INTERFACE_BLOCK = 1;
const OBSOLETE_PACKET_BLOCK = 2;
const SIMPLE_PACKET_BLOCK = 3;
const NAME_RESOLUTION_BLOCK = 4;
const INTERFACE_STATISTICS_BLOCK = 5;
const ENHANCED_PACKET_BLOCK = 6;
const JOURNAL_BLOCK = 9;
const CUSTOM_BLOCK = 0x00000bad;
const CUSTOM_BLOCK_NOT_COPIED = 0x40000bad;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const MAX_PACKET_BLOCK_BYTES = 2 * MAX_RECORD_BYTES + 65_536;

interface CaptureInterface {
  /** Unique in the capture. */
  readonly id: number;
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
  isOver = false;
  readonly #context: ParserContext;
  readonly #frame: Frame;
  readonly #options: PcapngOptions;
  readonly #time = new Timestamp();
  #littleEndian = true;
  #interfaces: CaptureInterface[] = [];

  constructor(context: ParserContext) {
    this.#context = context;
    this.#frame = context.frame;
    this.#options = new PcapngOptions(context);
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
        if (this.#isClassicNext(view, at)) return at;
        this.#damage(base + at, `a block of type 0x${type.toString(16)} claims a length of ${length} bytes`);
        return -1;
      }
      const isPacket =
        type === ENHANCED_PACKET_BLOCK || type === SIMPLE_PACKET_BLOCK || type === OBSOLETE_PACKET_BLOCK;
      if (length > MAX_PACKET_BLOCK_BYTES) {
        if (this.#isClassicNext(view, at)) return at;
        if (isPacket || isSection) {
          this.#damage(base + at, `a packet or section block claims ${length} bytes`);
          return -1;
        }
        this.skipBytes = length;
        return at;
      }
      if (at + length > to) {
        if (this.#isClassicNext(view, at)) return at;
        break;
      }
      if (view.getUint32(at + length - 4, this.#littleEndian) !== length) {
        if (this.#isClassicNext(view, at)) return at;
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

  /** Whether a classic capture was joined to this one here; asked only where a block looks wrong or unfinished. */
  #isClassicNext(view: DataView, at: number): boolean {
    this.isOver = isClassicMagic(view.getUint32(at));
    return this.isOver;
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
      case NAME_RESOLUTION_BLOCK:
        this.#context.remarks.readNames(view, at + 8, end, this.#littleEndian);
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
      default: // Secrets and future blocks are skipped, as the format asks for.
    }
  }

  #section(view: DataView, at: number, end: number, base: number): void {
    this.#interfaces = [];
    if (end - at < 24) {
      this.#damage(base + at, 'a section header is too short for its fields');
      return;
    }
    const major = view.getUint16(at + 12, this.#littleEndian);
    if (major !== 1)
      this.#damage(base + at + 12, `a section says that it is version ${major} of the format, 1 is known`);
    this.#options.walk(view, at + 24, end, base, this.#littleEndian);
  }

  #interface(view: DataView, at: number, end: number, base: number): void {
    const options = this.#options;
    options.walk(view, at + 16, end, base, this.#littleEndian);
    const linkType = view.getUint16(at + 8, this.#littleEndian);
    const place = this.#interfaces.length;
    const id = interfaceId(this.#context, `${place} ${linkType} ${options.text(OptionCode.InterfaceName)}`);
    if (id < 0) return;
    this.#interfaces.push({
      id,
      linkType,
      snapLength: view.getUint32(at + 12, this.#littleEndian),
      unit: timestampUnit(options.byte(OptionCode.TimestampResolution) ?? 6),
      offsetSeconds: Number(options.int64(OptionCode.TimestampOffset) ?? 0n),
      drops: 0,
    });
  }

  /** The counters of a block count from the beginning of the capture, so the last block of an interface holds. */
  #statistics(view: DataView, at: number, end: number, base: number): void {
    const captureInterface = this.#interfaces[view.getUint32(at + 8, this.#littleEndian)];
    if (captureInterface === undefined) return;
    this.#options.walk(view, at + 20, end, base, this.#littleEndian);
    const [byInterface, bySystem] = [OptionCode.InterfaceDrops, OptionCode.SystemDrops].map((code) =>
      this.#options.int64(code),
    );
    if (byInterface === undefined && bySystem === undefined) return;
    const drops = Number(BigInt.asUintN(64, byInterface ?? 0n)) + Number(BigInt.asUintN(64, bySystem ?? 0n));
    this.#context.interfaceDrops = (this.#context.interfaceDrops ?? 0) + drops - captureInterface.drops;
    captureInterface.drops = drops;
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
    this.#emit(view, at + 28, capturedLength, originalLength, timeNs, captureInterface);
    const optionsAt = at + 28 + ((capturedLength + 3) & ~3);
    if (optionsAt < end)
      this.#options.walk(view, optionsAt, end, base, this.#littleEndian, this.#frame.number);
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
    this.#emit(view, at + 12, capturedLength, originalLength, Number.NaN, captureInterface);
  }

  #emit(
    view: DataView,
    offset: number,
    capturedLength: number,
    originalLength: number,
    timeNs: number,
    captureInterface: CaptureInterface,
  ): void {
    const frame = this.#frame;
    frame.view = view;
    frame.offset = offset;
    frame.capturedLength = capturedLength;
    frame.originalLength = originalLength;
    frame.timeNs = timeNs;
    frame.linkType = captureInterface.linkType;
    frame.snapLength = captureInterface.snapLength;
    frame.interfaceId = captureInterface.id;
    frame.number++;
    this.#context.sink.frame(frame);
  }
}
