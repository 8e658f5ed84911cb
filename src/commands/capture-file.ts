import { closeSync, openSync, readSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { Analysis } from '../pipeline.ts';

/** One read; larger ones gain nothing (measured on files in the page cache). */
const READ_BYTES = 1024 * 1024;

/** How a file of captured packets was read. */
export interface ReadOutcome {
  /** Why the end is no real end; empty: read to the end. */
  readonly problems: readonly string[];
}

/** Feeds a file ("-": standard input) to an analysis, unpacking gzip and Zstandard by their magic. Throws UserError if it cannot be opened. */
export async function feedFile(path: string, analysis: Pick<Analysis, 'write'>, io: Io): Promise<ReadOutcome> {
  if (path === '-') return feedStream(io.stdin, analysis, 'standard input');
  const descriptor = open(path, io);
  try {
    return await feedDescriptor(descriptor, analysis, path);
  } finally {
    closeSync(descriptor);
  }
}

/** The name of a file as a vantage point: as short as it identifies. */
export function fileVantagePoint(path: string): string {
  return path === '-' ? 'standard input' : basename(path);
}

function open(path: string, io: Io): number {
  try {
    return openSync(resolve(io.cwd, path), 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): UserError {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, [why: string, fix: string]>> = {
    ENOENT: ['there is no such file', 'check the path: ls -l -- FILE'],
    EACCES: ['this user may not read it', 'make it readable: sudo chmod a+r FILE'],
    EISDIR: ['it is a folder', 'name the files in it'],
  };
  const [why, fix] = known[code] ?? [message, 'copy it to a local disk and try again'];
  return new UserError(`cannot read ${path}`, why, fix, { cause: error });
}

/** Plain captures take the short way: one reused buffer and no stream, which would cost four times as much. */
async function feedDescriptor(descriptor: number, analysis: Pick<Analysis, 'write'>, path: string): Promise<ReadOutcome> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const first = readSome(descriptor, buffer, path);
  const unpacker = unpackerFor(first);
  if (unpacker !== undefined) return feedUnpacked(copiesFrom(descriptor, first, path), unpacker, analysis, path);
  for (let chunk: Buffer = first; chunk.length > 0; chunk = readSome(descriptor, buffer, path)) analysis.write(chunk);
  return { problems: [] };
}

/** At least four bytes if there are any: the magic must not be cut. */
function readSome(descriptor: number, buffer: Buffer, path: string): Buffer {
  let length = 0;
  try {
    while (length < 4) {
      const bytes = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (bytes === 0) break;
      length += bytes;
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  return buffer.subarray(0, length);
}

/** Chunks that zlib may hold on to while the next one is read. */
function* copiesFrom(descriptor: number, first: Buffer, path: string): Generator<Buffer> {
  for (let chunk: Buffer = Buffer.from(first); chunk.length > 0; chunk = readSome(descriptor, Buffer.allocUnsafe(READ_BYTES / 4), path)) yield chunk;
}

async function feedStream(stream: AsyncIterable<Uint8Array>, analysis: Pick<Analysis, 'write'>, name: string): Promise<ReadOutcome> {
  const chunks = withWholeMagic(stream);
  const { value: first } = await chunks.next();
  if (first === undefined) return { problems: [] };
  const unpacker = unpackerFor(first);
  if (unpacker !== undefined) return feedUnpacked(chain(first, chunks), unpacker, analysis, name);
  analysis.write(first);
  for await (const chunk of chunks) analysis.write(chunk);
  return { problems: [] };
}

/** The same bytes, the first piece at least four bytes long. */
async function* withWholeMagic(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of stream) {
    if (held === undefined) {
      yield chunk;
      continue;
    }
    held = Buffer.concat([held, chunk]);
    if (held.length < 4) continue;
    yield held;
    held = undefined;
  }
  if (held !== undefined && held.length > 0) yield held;
}

async function* chain(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

interface Unpacker {
  readonly name: string;
  readonly create: () => NodeJS.ReadWriteStream;
}

/** RFC 1952 §2.3.1 and RFC 8878 §3.1.1. */
function unpackerFor(start: Uint8Array): Unpacker | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return { name: 'gzip', create: () => createGunzip() };
  const isZstd = start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd;
  return isZstd ? { name: 'Zstandard', create: () => createZstdDecompress() } : undefined;
}

/** Damage in the compressed data ends the reading, not the analysis of what came before. */
async function feedUnpacked(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, unpacker: Unpacker, analysis: Pick<Analysis, 'write'>, name: string): Promise<ReadOutcome> {
  const source = Readable.from(chunks, { objectMode: false });
  const unpacked = unpacker.create();
  // Errors of the source would not reach the loop below by themselves.
  source.on('error', (error) => (unpacked as unknown as Readable).destroy(error));
  source.pipe(unpacked);
  let bytes = 0;
  try {
    for await (const chunk of unpacked as unknown as AsyncIterable<Buffer>) {
      analysis.write(chunk);
      bytes += chunk.length;
    }
    return { problems: [] };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { message } = error as Error;
    return { problems: [`the ${unpacker.name} data of ${name} is damaged or cut after ${bytes} unpacked bytes (${message})`] };
  } finally {
    source.destroy();
  }
}
