import { constants } from 'node:fs';
import { access, type FileHandle, open, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
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
  /** Has the file stay although it holds no packet. */
  readonly keep: () => void;
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

/** Opens a regular file for a capture (mode 0600). `remove`: takes it away, if it is ours; throws UserError. */
export async function openFile(path: string, remove?: () => Promise<void>): Promise<CaptureStore> {
  return storeOf(path, [await filePlace(path, true)], remove);
}

/**
 * Opens a file of ours, and the stream, pipe or device that takes the same bytes. `say` is told of
 * waiting for a pipe's reader. Throws UserError.
 */
export async function openTee(
  target: Exclude<WriteTarget, { kind: 'none' | 'folder' }>,
  path: string,
  remove: () => Promise<void>,
  stdout: Output,
  say: (line: string) => void,
): Promise<CaptureStore> {
  const other =
    target.kind === 'stdout'
      ? outputPlace(stdout.write, () => undefined)
      : await devicePlace(target.path, await kindOf(target.path), say);
  return storeOf(path, [await filePlace(path, true), other], remove);
}

/** `remove`: how a file of ours is taken away; undefined: the file is the user's. */
function storeOf(
  path: string,
  places: readonly Place[],
  remove: (() => Promise<void>) | undefined,
): CaptureStore {
  let isOpen = true;
  let isKept = false;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    for (const place of places) await place.close();
  };
  const sizeBytes = async (): Promise<number> => (await stat(path).catch(() => ({ size: 0 }))).size;
  const discard = async (): Promise<void> => {
    await close();
    await remove?.();
  };
  return {
    path,
    write: async (chunk) => void (await Promise.all(places.map((place) => place.write(chunk)))),
    close,
    sizeBytes,
    keep: () => (isKept = true),
    discard,
    [Symbol.asyncDispose]: async () =>
      isKept || (await sizeBytes()) > FILE_HEADER_BYTES ? await close() : await discard(),
  };
}

/** What a path of the user's is; a file that does not exist yet will be a regular one. */
export async function kindOf(path: string): Promise<'regular' | 'folder' | 'pipe' | 'device'> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'folder';
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

/** The folder exists, may be written to, and has room for so much. Throws UserError that names `path`. */
export async function checkSpace(folder: string, path: string, maxBytes: number): Promise<void> {
  try {
    await access(folder, constants.W_OK);
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
