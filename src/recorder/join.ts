import { readFile } from 'node:fs/promises';
import type { FoundRecorder } from './recorder.ts';
import type { Pulled } from './pull.ts';

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
/** tcpdump's largest snap length. */
const maxRecordBytes = 262_144 + recordHeaderBytes;

/** Which part of the ring is kept; seconds since 1970. */
export interface Span {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** What the joined capture holds and what it does not. */
export interface Joined {
  /** Packets in the ring, and those of them within the span. */
  readonly ringPackets: number;
  readonly packets: number;
  /** Times of the ring's first and last packet, seconds since 1970; NaN without packets. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** What is missing from the ring itself, one sentence each. */
  readonly problems: readonly string[];
}

/**
 * Joins the files of a ring, oldest first, to one capture and hands it on in pieces: one file header, then
 * whole records. `span`: only its packets. Throws what the file system and `write` throw.
 */
export async function joinRing(
  pulled: Pulled,
  span: Span | null,
  write: (chunk: Buffer) => Promise<void>,
): Promise<Joined> {
  const sum = { ringPackets: 0, packets: 0, firstSeconds: NaN, lastSeconds: NaN };
  const problems: string[] = [];
  let header: Buffer | undefined;
  for (const { path, file } of pulled.files) {
    const bytes = await readFile(path);
    const format = formatOf(bytes);
    if (format === undefined || (header !== undefined && !sameFormat(header, bytes))) {
      problems.push(`File ${file.name} of the ring is no capture like the others: it is left out.`);
      continue;
    }
    if (header === undefined) await write((header = bytes.subarray(0, fileHeaderBytes)));
    const kept: Buffer[] = [];
    let at = fileHeaderBytes;
    for (; at + recordHeaderBytes <= bytes.length;) {
      const length = recordHeaderBytes + format.read(bytes, at + 8);
      if (length > maxRecordBytes) {
        problems.push(`File ${file.name} of the ring is damaged at byte ${at}: the rest of it is left out.`);
        break;
      }
      // The file in hand may end in the middle of a packet that was just being written.
      if (at + length > bytes.length) break;
      const seconds = format.read(bytes, at) + format.read(bytes, at + 4) / format.perSecond;
      sum.ringPackets += 1;
      if (Number.isNaN(sum.firstSeconds)) sum.firstSeconds = seconds;
      sum.lastSeconds = seconds;
      if (span === null || (seconds >= span.fromSeconds && seconds <= span.toSeconds)) {
        kept.push(bytes.subarray(at, at + length));
        sum.packets += 1;
      }
      at += length;
    }
    if (kept.length > 0) await write(Buffer.concat(kept));
  }
  return { ...sum, problems: [...problems, ...overwrittenMeanwhile(pulled)] };
}

/** One sentence about what the ring held once and does not any more; empty: nothing was overwritten. */
export function overwrittenBefore(recorder: FoundRecorder, joined: Joined): string {
  const { captured } = recorder.counters;
  const lost = captured === null ? 0 : captured - joined.ringPackets;
  // The packet that is being written at a stop may be counted and not kept.
  if (lost <= 1 || Number.isNaN(joined.firstSeconds)) return '';
  return `The ring was full: ${lost} earlier packets, from ${recorder.order.startedAt.slice(0, 19)}Z to ${iso(joined.firstSeconds)}, were overwritten.`;
}

/** Bytes that were lost on the way home because the recorder went on. */
function overwrittenMeanwhile({ overwritten }: Pulled): string[] {
  if (overwritten.length === 0) return [];
  const starts = overwritten.map(({ firstSeconds }) => firstSeconds ?? NaN).toSorted((a, b) => a - b);
  return [
    `The recorder overwrote ${overwritten.length === 1 ? 'a file' : `${overwritten.length} files`} while the ring was fetched: packets from ${starts.slice(0, 8).map(iso).join(', ')} on are missing. Fetch with --stop to keep all.`,
  ];
}

/** "2026-11-21T15:04:05Z". */
export function iso(seconds: number): string {
  return Number.isFinite(seconds) && Math.abs(seconds) < 8e12
    ? `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}Z`
    : 'an unknown time';
}

interface Format {
  readonly read: (bytes: Buffer, at: number) => number;
  /** Units of a record's second number in a second. */
  readonly perSecond: number;
}

function formatOf(bytes: Buffer): Format | undefined {
  if (bytes.length < fileHeaderBytes) return undefined;
  const little = bytes.readUInt32LE(0);
  const big = bytes.readUInt32BE(0);
  const units = new Map([
    [0xa1b2c3d4, 1e6],
    [0xa1b23c4d, 1e9],
  ]);
  const [ofLittle, ofBig] = [units.get(little), units.get(big)];
  if (ofLittle !== undefined) return { read: (from, at) => from.readUInt32LE(at), perSecond: ofLittle };
  return ofBig === undefined ? undefined : { read: (from, at) => from.readUInt32BE(at), perSecond: ofBig };
}

/** The magic, and the link type at its place. */
function sameFormat(one: Buffer, other: Buffer): boolean {
  return (
    one.subarray(0, 4).equals(other.subarray(0, 4)) && one.subarray(20, 24).equals(other.subarray(20, 24))
  );
}
