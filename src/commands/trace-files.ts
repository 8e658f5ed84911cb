import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Output } from '../io.ts';
import { type CaptureStore, checkSpace, kindOf, openFile, openTee } from './capture-store.ts';
import type { WriteTarget } from './trace-options.ts';

/** What is known of a trace's files before it starts. */
export interface FilesRequest {
  readonly write: WriteTarget;
  /** Name of the only capture, without an ending: "netdebug-shop-checkout-20261121-1004". */
  readonly name: string;
  /** Whether there may be more than one capture. */
  readonly isSeveral: boolean;
  /** All captures together. */
  readonly maxBytes: number;
  readonly stdout: Output;
  /** Told of waiting for a pipe's reader. */
  readonly say: (line: string) => void;
}

/** The files of a trace, one for each capture. */
export interface TraceFiles {
  /** True if the user said where they go: they stay whatever they hold. */
  readonly isUsers: boolean;
  /** The one file into which all captures are merged in the end; undefined: none was asked for. */
  readonly merged: string | undefined;
  /** True if the bytes go to one stream only, which has no room for a second capture. */
  readonly isOneOnly: boolean;
  /** Opens the file of the capture at `index`, from that vantage point. Throws UserError. */
  readonly open: (index: number, vantagePoint: string) => Promise<CaptureStore>;
}

/**
 * Decides where captures go and checks that they can: nothing is made yet. Throws UserError for a
 * folder that is missing, full or not writable, and for several captures into one file.
 */
export async function planFiles(request: FilesRequest): Promise<TraceFiles> {
  const { write, maxBytes, isSeveral } = request;
  if (write.kind === 'folder') return await folderFiles(write.path, request);
  if (write.kind === 'file') {
    const kind = await kindOf(write.path);
    if (kind === 'folder') return await folderFiles(write.path, request);
    if (kind === 'regular') {
      await checkSpace(dirname(write.path), write.path, maxBytes);
      if (isSeveral) return await mergedFiles(write.path, request);
      return {
        isUsers: true,
        merged: undefined,
        isOneOnly: false,
        open: async (index) => await openFile(index === 0 ? write.path : unused(write.path)),
      };
    }
  }
  if (write.kind !== 'none' && isSeveral) throw severalInOne(write.kind === 'stdout' ? 'stdout' : write.path);
  await checkSpace(tmpdir(), tmpdir(), maxBytes);
  return privateFiles(request);
}

/** Files in a folder of the user's, which is made if need be. */
async function folderFiles(folder: string, { name, isSeveral, maxBytes }: FilesRequest): Promise<TraceFiles> {
  const existing = existsSync(folder) ? folder : dirname(folder);
  await checkSpace(existing, folder, maxBytes);
  const open = async (index: number, vantagePoint: string): Promise<CaptureStore> => {
    await mkdir(folder, { recursive: true });
    return await openFile(unused(join(folder, fileName(name, isSeveral, index, vantagePoint))));
  };
  return { isUsers: true, merged: undefined, isOneOnly: false, open };
}

/** Files of ours, and the user's one into which they go: a format that can hold several interfaces. */
async function mergedFiles(path: string, request: FilesRequest): Promise<TraceFiles> {
  if (extname(path) !== '.pcapng') throw severalInOne(path);
  if (existsSync(path))
    throw new UserError(
      `cannot write ${path}`,
      'there is such a file already, and it may be one of the captures',
      'choose a new name: -w merged.pcapng',
    );
  await checkSpace(tmpdir(), tmpdir(), request.maxBytes);
  return { ...privateFiles({ ...request, write: { kind: 'none' } }), merged: path };
}

/** Files in a folder of ours among the temporary ones; it goes with the last of them. */
function privateFiles(request: FilesRequest): TraceFiles {
  const { write, name, isSeveral, stdout, say } = request;
  let folder: Promise<string> | undefined;
  const open = async (index: number, vantagePoint: string): Promise<CaptureStore> => {
    folder ??= mkdtemp(join(tmpdir(), 'netdebug-'));
    const own = await folder;
    const path = join(own, fileName(name, isSeveral, index, vantagePoint));
    const remove = async (): Promise<void> => {
      await rm(path, { force: true });
      // Not empty: another capture lies in it.
      await rmdir(own).catch(() => undefined);
    };
    try {
      return write.kind === 'none' || write.kind === 'folder'
        ? await openFile(path, remove)
        : await openTee(write, path, remove, stdout, say);
    } catch (error) {
      await remove();
      throw error;
    }
  };
  return { isUsers: false, merged: undefined, isOneOnly: write.kind !== 'none', open };
}

/** Numbered, so that files sorted by name come in the report's order. */
function fileName(name: string, isSeveral: boolean, index: number, vantagePoint: string): string {
  if (!isSeveral) return index === 0 ? `${name}.pcap` : `${name}-${index + 1}.pcap`;
  const safe = vantagePoint.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  return `${String(index + 1).padStart(2, '0')}-${safe.slice(0, 120)}.pcap`;
}

/** The path, or one like it that no file has: captures of an earlier run are not overwritten unasked. */
function unused(path: string): string {
  if (!existsSync(path)) return path;
  const ending = extname(path);
  const base = path.slice(0, path.length - ending.length);
  for (let number = 2; ; number += 1) {
    const other = `${base}-${number}${ending}`;
    if (!existsSync(other)) return other;
  }
}

function severalInOne(where: string): UserError {
  return new UserError(
    `several captures cannot be written to ${where}`,
    'each pod and interface has a capture of its own',
    'name a folder: -w captures/; or merge them into one file: -w FILE.pcapng; or pack them: --bundle',
  );
}
