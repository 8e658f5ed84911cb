import { closeSync, openSync, read, readSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { Analysis } from '../pipeline.ts';

/** Enough to know a file by its magic. */
const FIRST_BYTES = 64 * 1024;
/** One piece for the decompressor. */
const PACKED_BYTES = 256 * 1024;

/** What takes the bytes of a capture. */
export type CaptureTaker = Pick<Analysis, 'write' | 'reserve' | 'commit' | 'process'>;

/** How a file of captured packets was read. */
export interface ReadOutcome {
  /** Why the end is no real end; empty: read to the end. */
  readonly problems: readonly string[];
}

/** Feeds a file ("-": standard input) to an analysis, unpacking gzip and Zstandard by their magic. Throws UserError if it cannot be opened. */
export async function feedFile(path: string, analysis: CaptureTaker, io: Io): Promise<ReadOutcome> {
  if (path === '-') return feedStream(io.stdin, analysis, 'standard input');
  const descriptor = open(path, io);
  try {
    return await feedDescriptor(descriptor, analysis, path);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The unpacked bytes of a file, in pieces, each of which holds until the next is asked for; damaged compressed
 * data ends them. Throws UserError if it cannot be opened.
 */
export async function* captureChunks(path: string, io: Io): AsyncGenerator<Uint8Array> {
  const descriptor = open(path, io);
  try {
    const first = readSome(descriptor, Buffer.allocUnsafe(FIRST_BYTES), path);
    const unpacker = unpackerFor(first);
    if (unpacker === undefined) yield* viewsFrom(descriptor, first, path);
    else yield* unpack(copiesFrom(descriptor, first, path), unpacker).chunks;
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

/**
 * Plain captures take the short way, straight into the reader's buffers: a stream would cost four times as much. The
 * next piece is read, by a thread of Node's own, while this one is looked at.
 */
async function feedDescriptor(
  descriptor: number,
  analysis: CaptureTaker,
  path: string,
): Promise<ReadOutcome> {
  const first = readSome(descriptor, Buffer.allocUnsafe(FIRST_BYTES), path);
  const unpacker = unpackerFor(first);
  if (unpacker !== undefined)
    return feedUnpacked(copiesFrom(descriptor, first, path), unpacker, analysis, fileVantagePoint(path));
  analysis.write(first);
  let bytes = await readPiece(descriptor, analysis.reserve(), path);
  while (bytes > 0) {
    analysis.commit(bytes);
    const next = readPiece(descriptor, analysis.reserve(), path);
    try {
      analysis.process();
    } finally {
      bytes = await next;
    }
  }
  return { problems: [] };
}

/** Reads on where the file was left; 0 at its end. */
function readPiece(descriptor: number, buffer: Uint8Array, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, null, (error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(unreadable(path, error));
    });
  });
}

function readInto(descriptor: number, buffer: Uint8Array, offset: number, path: string): number {
  try {
    return readSync(descriptor, buffer, offset, buffer.length - offset, null);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** At least four bytes if there are any: the magic must not be cut. */
function readSome(descriptor: number, buffer: Buffer, path: string): Buffer {
  let length = 0;
  while (length < 4) {
    const bytes = readInto(descriptor, buffer, length, path);
    if (bytes === 0) break;
    length += bytes;
  }
  return buffer.subarray(0, length);
}

/** One buffer for all: a new one for each piece would be tens of megabytes before they are freed. */
function* viewsFrom(descriptor: number, first: Buffer, path: string): Generator<Uint8Array> {
  yield first;
  const buffer = Buffer.allocUnsafe(PACKED_BYTES);
  for (;;) {
    const bytes = readInto(descriptor, buffer, 0, path);
    if (bytes === 0) return;
    yield buffer.subarray(0, bytes);
  }
}

/** Chunks that zlib may hold on to while the next one is read. */
function* copiesFrom(descriptor: number, first: Buffer, path: string): Generator<Buffer> {
  for (
    let chunk: Buffer = Buffer.from(first);
    chunk.length > 0;
    chunk = readSome(descriptor, Buffer.allocUnsafe(PACKED_BYTES), path)
  )
    yield chunk;
}

async function feedStream(
  stream: AsyncIterable<Uint8Array>,
  analysis: CaptureTaker,
  name: string,
): Promise<ReadOutcome> {
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
  readonly create: () => Transform;
}

/** RFC 1952 §2.3.1 and RFC 8878 §3.1.1. */
function unpackerFor(start: Uint8Array): Unpacker | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return { name: 'gzip', create: () => createGunzip() };
  const isZstd = start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd;
  return isZstd ? { name: 'Zstandard', create: () => createZstdDecompress() } : undefined;
}

interface Unpacked {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Set when the chunks have ended early: what was wrong with the compressed data. */
  readonly damage: () => string;
}

/** Damage in the compressed data ends the reading, not the use of what came before. */
function unpack(packed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, unpacker: Unpacker): Unpacked {
  let damage = '';
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const source = Readable.from(packed, { objectMode: false });
    const unpacking = unpacker.create();
    // Errors of the source would not reach the loop below by themselves.
    source.on('error', (error) => unpacking.destroy(error));
    source.pipe(unpacking);
    let bytes = 0;
    try {
      for await (const chunk of unpacking as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      damage = `the ${unpacker.name} data is damaged or cut after ${bytes} unpacked bytes (${(error as Error).message})`;
    } finally {
      source.destroy();
      unpacking.destroy();
    }
  }
  return { chunks: chunks(), damage: () => damage };
}

async function feedUnpacked(
  packed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  unpacker: Unpacker,
  analysis: CaptureTaker,
  name: string,
): Promise<ReadOutcome> {
  const { chunks, damage } = unpack(packed, unpacker);
  for await (const chunk of chunks) analysis.write(chunk);
  return { problems: damage() === '' ? [] : [`${name}: ${damage()}`] };
}
