import { open, rm, type FileHandle } from 'node:fs/promises';
import { dissect } from '../dissect/index.ts';
import { Packet } from '../dissect/packet.ts';
import { CLASSIC_HEADER_BYTES, isClassicMagic } from '../pcap/classic.ts';
import type { Damage, Frame, FrameSink } from '../pcap/frame.ts';
import { SECTION_HEADER_BLOCK } from '../pcap/section-header.ts';
import { CaptureReader } from '../pcap/reader.ts';
import { ClassicWriter, PcapngWriter, UnwritableFrame, type CaptureWriter } from './capture-writer.ts';
import { keptLength } from './kept-length.ts';
import { KeptPayload } from './kept-payload.ts';

/** What {@link cutCapture} wrote. */
export interface CutCapture {
  readonly extension: 'pcap' | 'pcapng';
  /** False: the capture was copied whole, payload included. */
  readonly cut: boolean;
  /** Why it was copied whole; empty if it was cut. */
  readonly reason: string;
}

/** The capture's bytes, decompressed; called several times, for each pass over them. */
export type CaptureSource = () => AsyncIterable<Uint8Array>;

/**
 * Writes the cut form of a capture to the new file `path` (mode 0600): every frame is kept, with its
 * number, time and length on the wire, but payload that no dissector reads is left out. The analysis
 * of the cut form comes to the same verdict. A capture that is damaged anywhere but at its end is
 * copied whole, for the damage is part of the verdict. Throws what the file system throws.
 */
export async function cutCapture(source: CaptureSource, path: string): Promise<CutCapture> {
  const file = await open(path, 'wx', 0o600);
  try {
    const start = await firstBytes(source);
    const magic = start.length < 4 ? 0 : start.readUInt32BE(0);
    const extension = magic === SECTION_HEADER_BLOCK ? 'pcapng' : 'pcap';
    const isReadable =
      extension === 'pcapng' || (isClassicMagic(magic) && start.length === CLASSIC_HEADER_BYTES);
    const reason = isReadable
      ? await writeCut(source, file, start, extension)
      : 'it is no capture that can be read';
    if (reason !== '') await copyWhole(source, file);
    return { extension, cut: reason === '', reason };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Gives the reason why the capture cannot be cut, empty if it was. */
async function writeCut(
  source: CaptureSource,
  file: FileHandle,
  start: Buffer,
  extension: 'pcap' | 'pcapng',
): Promise<string> {
  const sink = new CuttingSink();
  const reader = new CaptureReader(sink);
  const linkTypes = extension === 'pcapng' ? await linkTypesOf(source) : [];
  if (linkTypes.length > MAX_INTERFACES) return `it has more than ${MAX_INTERFACES} interfaces`;
  const writer =
    extension === 'pcapng'
      ? new PcapngWriter(linkTypes, reader.clock)
      : new ClassicWriter(start, reader.clock);
  sink.start(writer);
  for await (const chunk of source()) {
    reader.write(chunk);
    if (sink.refusal !== '') return sink.refusal;
    await file.writeFile(sink.take());
  }
  const read = reader.end();
  const { damage } = read;
  const fatal = damage.find((one) => !isCutAtEnd(one));
  if (fatal !== undefined) return fatal.text;
  await file.writeFile(writer.trailer(read));
  if (damage.length > 0) await file.writeFile(Buffer.alloc(TORN_RECORD_BYTES));
  return '';
}

/** As many as the reader accepts in one section. */
const MAX_INTERFACES = 4096;
/** LINKTYPE_ETHERNET, for interfaces without a frame: no reader asks for theirs. */
const ANY_LINK_TYPE = 1;

/** The link type of each interface that has frames, by its id; the first interface is there in any case. */
async function linkTypesOf(source: CaptureSource): Promise<number[]> {
  const found = new Map<number, number>();
  const reader = new CaptureReader({
    frame: ({ interfaceId, linkType }) => void found.set(interfaceId, linkType),
  });
  for await (const chunk of source()) reader.write(chunk);
  const last = found.keys().reduce((highest, id) => Math.max(highest, id), 0);
  const length = Math.min(last, MAX_INTERFACES) + 1;
  return Array.from({ length }, (_, id) => found.get(id) ?? ANY_LINK_TYPE);
}

/** Stands for the part of a record at the end of a capture whose stream was cut: shorter than any record's header. */
const TORN_RECORD_BYTES = 8;

function isCutAtEnd(damage: Damage): boolean {
  return damage.text.startsWith('the capture ends in the middle of a record');
}

async function copyWhole(source: CaptureSource, file: FileHandle): Promise<void> {
  await file.truncate(0);
  let position = 0;
  for await (const chunk of source()) {
    for (let at = 0; at < chunk.length;) {
      const { bytesWritten } = await file.write(chunk, at, chunk.length - at, position);
      at += bytesWritten;
      position += bytesWritten;
    }
  }
}

/** The first bytes of a capture, as many as a classic file header has if there are as many. */
async function firstBytes(source: CaptureSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source()) {
    chunks.push(chunk.slice(0, CLASSIC_HEADER_BYTES));
    length += chunk.length;
    if (length >= CLASSIC_HEADER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, CLASSIC_HEADER_BYTES);
}

/** Turns frames into records of the cut form. */
class CuttingSink implements FrameSink {
  /** Why the capture cannot be cut; empty while it can. */
  refusal = '';
  readonly #packet = new Packet();
  readonly #payload = new KeptPayload();
  #writer: CaptureWriter | null = null;
  #records: Buffer[] = [];

  start(writer: CaptureWriter): void {
    this.#writer = writer;
    this.#records.push(writer.header());
  }

  frame(frame: Frame): void {
    if (this.#writer === null || this.refusal !== '') return;
    if (frame.interfaceId > 0 && this.#writer instanceof ClassicWriter) {
      this.refusal = 'captures of several link types were joined in it';
      return;
    }
    dissect(frame, this.#packet);
    const kept = keptLength(frame, this.#packet, this.#payload);
    try {
      this.#records.push(this.#writer.record(frame, kept, this.#payload.blanks));
    } catch (error) {
      if (!(error instanceof UnwritableFrame)) throw error;
      this.refusal = error.message;
    }
  }

  /** The records since the last call. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#records);
    this.#records = [];
    return bytes;
  }
}
