import { LinkType } from './link.ts';
import { join } from './octets.ts';

/** A frame to be written: when it was captured and what. */
export interface WrittenFrame {
  /** Seconds since 1970. */
  readonly time: number;
  readonly bytes: Uint8Array;
  /** Length on the wire; that of `bytes` unless given. */
  readonly originalLength?: number;
}

/** Bytes of a frame captured at a time in seconds. */
export function at(time: number, bytes: Uint8Array, originalLength: number = bytes.length): WrittenFrame {
  return { time, bytes, originalLength };
}

export interface PcapOptions {
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
  /** Kuznetzov's format with longer record headers. */
  readonly modified?: boolean;
  readonly linkType?: number;
  readonly snapLength?: number;
  readonly version?: readonly [number, number];
}

/** Numbers in one byte order. */
export interface Writer {
  u16(...values: number[]): Uint8Array;
  u32(...values: number[]): Uint8Array;
}

export function writer(littleEndian: boolean): Writer {
  const write = (size: 2 | 4, values: number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(size * values.length));
    for (const [i, value] of values.entries()) {
      if (size === 2) view.setUint16(i * 2, value, littleEndian);
      else view.setUint32(i * 4, value, littleEndian);
    }
    return new Uint8Array(view.buffer);
  };
  return { u16: (...values) => write(2, values), u32: (...values) => write(4, values) };
}

/** A classic capture file. */
export function pcap(frames: readonly WrittenFrame[], options: PcapOptions = {}): Uint8Array {
  const { littleEndian = true, nanoseconds = false, modified = false } = options;
  const { u16, u32 } = writer(littleEndian);
  const magic = modified ? 0xa1b2cd34 : nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const perSecond = nanoseconds ? 1e9 : 1e6;
  const header = join(
    u32(magic),
    u16(...(options.version ?? [2, 4])),
    u32(0, 0, options.snapLength ?? 262_144, options.linkType ?? LinkType.Ethernet),
  );
  const records = frames.map(({ time, bytes, originalLength }) => {
    const seconds = Math.floor(time);
    const fraction = Math.round((time - seconds) * perSecond);
    const lengths = u32(seconds, fraction, bytes.length, originalLength ?? bytes.length);
    return join(lengths, modified ? new Uint8Array(8) : new Uint8Array(0), bytes);
  });
  return join(header, ...records);
}
