import type { CaptureClock, Frame } from '../pcap/frame.ts';
import type { ReadResult } from '../pcap/reader.ts';
import { block, remarkBlocks, sectionHeader } from './capture-remarks.ts';

/** Writes frames in one format; each call returns the bytes to append to the file. */
export interface CaptureWriter {
  /** What stands before the first frame. */
  header(): Buffer;
  /**
   * A record with the frame's first `keptBytes` bytes, zero where `blanks` (pairs of position in
   * `frame.view` and length) says so. Throws {@link UnwritableFrame}.
   */
  record(frame: Frame, keptBytes: number, blanks: readonly number[]): Buffer;
  /** What stands behind the last frame. */
  trailer(read: ReadResult): Buffer;
}

/** The frame has no time, or one that the format cannot hold. */
export class UnwritableFrame extends Error {
  override readonly name = 'UnwritableFrame';
}

/** The frame's first bytes without the blanks, copied to `target` at `offset`. */
function copyFrame(
  frame: Frame,
  keptBytes: number,
  blanks: readonly number[],
  target: Buffer,
  offset: number,
): void {
  target.set(new Uint8Array(frame.view.buffer, frame.view.byteOffset + frame.offset, keptBytes), offset);
  for (let index = 0; index + 1 < blanks.length; index += 2) {
    const from = (blanks[index] ?? 0) - frame.offset;
    const to = Math.min(from + (blanks[index + 1] ?? 0), keptBytes);
    if (from < to) target.fill(0, offset + from, offset + to);
  }
}

/** The frame's time since 1970 in whole seconds and units of `unitNs` beyond them. */
function timeOf(frame: Frame, clock: CaptureClock, unitNs: number): { seconds: number; units: number } {
  // Far from the origin a time is not exact to the nanosecond; the nearest unit is the one that was read.
  const units = Math.round(frame.timeNs / unitNs);
  const perSecond = 1e9 / unitNs;
  const whole = Math.floor(units / perSecond);
  const seconds = clock.originSeconds + whole;
  // NaN fails every comparison.
  if (!(seconds >= 0 && seconds < 2 ** 32))
    throw new UnwritableFrame(`frame ${frame.number} has no time that can be written`);
  return { seconds, units: units - whole * perSecond };
}

const MODIFIED_MAGIC: ReadonlyMap<number, number> = new Map([
  [0xa1b2cd34, 0xa1b2c3d4],
  [0x34cdb2a1, 0xd4c3b2a1],
]);

/** Classic pcap with the header, byte order and resolution of the original. */
export class ClassicWriter implements CaptureWriter {
  readonly #header: Buffer;
  readonly #littleEndian: boolean;
  readonly #nanosecondsPerUnit: number;
  readonly #clock: CaptureClock;

  /** `original` is the file header of the original, 24 bytes. */
  constructor(original: Buffer, clock: CaptureClock) {
    this.#header = Buffer.from(original);
    const magic = MODIFIED_MAGIC.get(original.readUInt32BE(0)) ?? original.readUInt32BE(0);
    this.#header.writeUInt32BE(magic, 0);
    this.#littleEndian = (magic & 0xff) === 0xa1;
    this.#nanosecondsPerUnit = magic === 0xa1b23c4d || magic === 0x4d3cb2a1 ? 1 : 1000;
    this.#clock = clock;
  }

  header(): Buffer {
    return this.#header;
  }

  record(frame: Frame, keptBytes: number, blanks: readonly number[]): Buffer {
    const { seconds, units } = timeOf(frame, this.#clock, this.#nanosecondsPerUnit);
    const record = Buffer.allocUnsafe(16 + keptBytes);
    const fields = [seconds, units, keptBytes, frame.originalLength];
    for (const [index, field] of fields.entries()) {
      if (this.#littleEndian) record.writeUInt32LE(field, index * 4);
      else record.writeUInt32BE(field, index * 4);
    }
    copyFrame(frame, keptBytes, blanks, record, 16);
    return record;
  }

  trailer(): Buffer {
    return Buffer.alloc(0);
  }
}

/** pcapng, one section, one interface description for each interface of the original, nanoseconds. */
export class PcapngWriter implements CaptureWriter {
  readonly #linkTypes: readonly number[];
  readonly #clock: CaptureClock;

  /** `linkTypes`: the link type of each interface, by its id. */
  constructor(linkTypes: readonly number[], clock: CaptureClock) {
    this.#linkTypes = linkTypes;
    this.#clock = clock;
  }

  header(): Buffer {
    return Buffer.concat([sectionHeader([]), ...this.#linkTypes.map(describeInterface)]);
  }

  record(frame: Frame, keptBytes: number, blanks: readonly number[]): Buffer {
    const { seconds, units } = timeOf(frame, this.#clock, 1);
    const time = BigInt(seconds) * 1_000_000_000n + BigInt(units);
    const body = Buffer.alloc(20 + Math.ceil(keptBytes / 4) * 4);
    body.writeUInt32LE(frame.interfaceId, 0);
    body.writeUInt32LE(Number(time >> 32n), 4);
    body.writeUInt32LE(Number(time & 0xffff_ffffn), 8);
    body.writeUInt32LE(keptBytes, 12);
    body.writeUInt32LE(frame.originalLength, 16);
    copyFrame(frame, keptBytes, blanks, body, 20);
    return block(6, body);
  }

  trailer(read: ReadResult): Buffer {
    return Buffer.concat([...this.#statistics(read.interfaceDrops), ...remarkBlocks(read)]);
  }

  #statistics(interfaceDrops: number | null): Buffer[] {
    if (interfaceDrops === null) return [];
    const body = Buffer.alloc(28);
    body.writeUInt16LE(5, 12); // isb_ifdrop
    body.writeUInt16LE(8, 14);
    body.writeBigUInt64LE(BigInt(interfaceDrops), 16);
    return [block(5, body)];
  }
}

function describeInterface(linkType: number): Buffer {
  const body = Buffer.alloc(20);
  body.writeUInt16LE(linkType, 0);
  body.writeUInt16LE(9, 8); // if_tsresol
  body.writeUInt16LE(1, 10);
  body.writeUInt8(9, 12);
  return block(1, body);
}
