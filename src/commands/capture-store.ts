import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Output } from '../io.ts';
import { openPipe } from './capture-pipe.ts';
import type { WriteTarget } from './trace-options.ts';

/** Where a capture is kept while it comes in, and after. Disposing closes it, and takes a file of ours that holds no packet away. */
export interface CaptureStore extends AsyncDisposable {
  /** The regular file that holds the capture: the user's, or one of ours in the folder for temporary files. */
  readonly path: string;
  /** Appends; resolves when all places have taken the bytes. */
  readonly write: (chunk: Uint8Array) => Promise<void>;
  /** Everything is on disk; further writes are errors. */
  readonly close: () => Promise<void>;
  /** Size of the file at `path`; 0 if it is gone. */
  readonly sizeBytes: () => Promise<number>;
  /** Takes our own file away again; the user's stays. */
  readonly discard: () => Promise<void>;
}

/** A pcap file of this size holds no packet. */
export const FILE_HEADER_BYTES: number = 24;

/** One place that takes the bytes. */
interface Place {
  readonly write: (chunk: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the places where a capture goes: the user's file, pipe or stdout, and a private file (mode
 * 0600) unless the user's is a regular one. `say` is told of waiting for a pipe's reader. Throws
 * UserError when a folder is missing, full or not writable.
 */
export async function openStore(
  target: WriteTarget,
  name: string,
  maxBytes: number,
  stdout: Output,
  say: (line: string) => void,
): Promise<CaptureStore> {
  const kind = target.kind === 'file' ? await kindOf(target.path) : 'stream';
  if (target.kind === 'file' && kind === 'regular') {
    await checkSpace(target.path, maxBytes);
    return storeOf(target.path, [await filePlace(target.path, true)], undefined);
  }
  const places: Place[] = [];
  if (target.kind === 'stdout') places.push(outputPlace(stdout.write, () => undefined));
  if (target.kind === 'file') places.push(await devicePlace(target.path, kind, say));
  const folder = await mkdtemp(join(tmpdir(), 'netdebug-'));
  const path = join(folder, `${name}.pcap`);
  try {
    await checkSpace(path, maxBytes);
    return storeOf(path, [await filePlace(path, true), ...places], folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** `folder`: ours, around the file alone; undefined: the file is the user's. */
function storeOf(path: string, places: readonly Place[], folder: string | undefined): CaptureStore {
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    for (const place of places) await place.close();
  };
  const sizeBytes = async (): Promise<number> => (await stat(path).catch(() => ({ size: 0 }))).size;
  const discard = async (): Promise<void> => {
    await close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  return {
    path,
    write: async (chunk) => void (await Promise.all(places.map((place) => place.write(chunk)))),
    close,
    sizeBytes,
    discard,
    [Symbol.asyncDispose]: async () =>
      (await sizeBytes()) > FILE_HEADER_BYTES ? await close() : await discard(),
  };
}

/** What a path of the user's is; a file that does not exist yet will be a regular one. */
async function kindOf(path: string): Promise<'regular' | 'pipe' | 'device'> {
  try {
    const found = await stat(path);
    if (found.isDirectory())
      throw new UserError(`cannot write ${path}`, 'it is a folder', `-w ${join(path, 'capture.pcap')}`);
    if (found.isFIFO()) return 'pipe';
    return found.isFile() ? 'regular' : 'device';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'regular';
    if (error instanceof UserError) throw error;
    throw unwritable(path, error);
  }
}

async function devicePlace(path: string, kind: string, say: (line: string) => void): Promise<Place> {
  if (kind !== 'pipe') return await filePlace(path, false);
  try {
    const pipe = await openPipe(path, () => say(`waiting for a reader of the pipe ${path}`));
    return outputPlace(pipe.write, pipe.close);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** The folder exists and has room for the largest capture. Throws UserError. */
async function checkSpace(path: string, maxBytes: number): Promise<void> {
  const folder = dirname(path);
  try {
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    if (freeBytes >= maxBytes) return;
    throw new UserError(
      `cannot keep the capture in ${folder}`,
      `it may grow to ${megabytes(maxBytes)}, and ${megabytes(freeBytes)} are free there`,
      `--max-bytes ${Math.max(1, Math.floor(freeBytes / 2e6))}MB, or -w FILE on another disk`,
    );
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unwritable(path, error);
  }
}

async function filePlace(path: string, isRegularFile: boolean): Promise<Place> {
  let file: FileHandle;
  try {
    // A device is not truncated.
    file = await open(
      path,
      isRegularFile ? constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC : constants.O_WRONLY,
      0o600,
    );
    if (isRegularFile) await file.chmod(0o600);
  } catch (error) {
    throw unwritable(path, error);
  }
  return { write: (chunk) => writeAll(file, chunk, path), close: () => file.close() };
}

/** One write may take only a part. */
async function writeAll(file: FileHandle, chunk: Uint8Array, path: string): Promise<void> {
  try {
    for (let offset = 0; offset < chunk.length;) {
      const { bytesWritten } = await file.write(chunk, offset, chunk.length - offset);
      offset += bytesWritten;
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** A place whose reader may go away. */
function outputPlace(write: (chunk: Uint8Array) => Promise<boolean>, close: () => void): Place {
  return {
    write: async (chunk) => {
      if (!(await write(chunk))) throw new ReaderGoneError();
    },
    close: async () => close(),
  };
}

/** Whoever read the capture from stdout or a pipe has gone: the capture ends, and that is no fault. */
export class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError';

  constructor() {
    super('the reader of the capture has gone');
  }
}

function unwritable(path: string, error: unknown): UserError {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  const why =
    {
      ENOENT: 'its folder does not exist',
      EACCES: 'this user may not write there',
      ENOSPC: 'the disk is full',
      EROFS: 'the disk is read-only',
      EPIPE: 'its reader has gone',
    }[code] ?? message;
  return new UserError(`cannot write ${path}`, why, `choose another place: -w ${join('~', 'capture.pcap')}`, {
    cause: error,
  });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
