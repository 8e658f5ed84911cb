import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract as tarExtract, type Header } from 'tar-stream';
import type { Facts } from '../cluster/facts.ts';
import { UserError } from '../errors.ts';
import {
  CAPTURE_NAME,
  FACTS_NAME,
  MANIFEST_NAME,
  REPORT_NAME,
  SUMMARY_NAME,
  type CaptureOrigin,
  type Manifest,
} from './bundle.ts';
import { printable, refusal } from './refusal.ts';
import { readDocuments, type MemberSum } from './verify.ts';

/** Bounds of what a bundle may unpack to; the archive's own claims count as little as its content. */
export interface UnpackLimits {
  /** Of all files together. */
  readonly totalBytes: number;
  readonly captureBytes: number;
  /** Of each file that is not a capture. */
  readonly documentBytes: number;
  readonly files: number;
}

export const UNPACK_LIMITS: UnpackLimits = {
  totalBytes: 2 * 1024 ** 3,
  captureBytes: 2 * 1024 ** 3,
  documentBytes: 64 * 1024 ** 2,
  files: 64,
};

/** Padding, tar headers and what is read ahead of the entry in hand. */
const FRAMING_BYTES = 8 * 1024 ** 2;

/** A bundle whose every file is what its manifest says. The captures live in a private folder until it is disposed of. */
export interface OpenedBundle extends AsyncDisposable {
  readonly manifest: Manifest;
  /** null: packed without a cluster. */
  readonly facts: Facts | null;
  /** report.json as text: it was not checked beyond its sum. */
  readonly reportText: string;
  readonly summary: string;
  /** In the order of the report's captures. */
  readonly captures: readonly { readonly path: string; readonly origin: CaptureOrigin }[];
}

/**
 * Unpacks and verifies a bundle. JSON is held in memory, captures go to a new folder that only this
 * user can enter; nothing is used before all of it was verified. Throws {@link UserError}, naming the
 * entry, for anything that a bundle made by this program does not have.
 */
export async function unpackBundle(
  path: string,
  limits: UnpackLimits = UNPACK_LIMITS,
): Promise<OpenedBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'netdebug-bundle-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const members = await extractMembers(path, folder, limits);
    const { manifest, facts, reportText, summary } = readDocuments(path, members);
    const captures = manifest.captures.map(({ file, origin }) => ({ path: join(folder, file), origin }));
    return { manifest, facts, reportText, summary, captures, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function extractMembers(
  path: string,
  folder: string,
  limits: UnpackLimits,
): Promise<Map<string, MemberSum>> {
  const members = new Map<string, MemberSum>();
  const tar = tarExtract();
  const progress = { entry: '', declaredBytes: 0 };
  const reading = pipeline(createReadStream(path), createGunzip(), bound(path, limits, progress), tar);
  reading.catch(() => undefined);
  try {
    for await (const entry of tar) {
      const name = admit(path, entry.header, members, limits, progress);
      members.set(name, await readMember(entry, name, folder));
    }
    await reading;
  } catch (error) {
    throw await asUserError(path, error, reading, progress.entry);
  }
  return members;
}

/** Judges an entry by its header alone, before a byte of it is read. */
function admit(
  path: string,
  header: Header,
  members: ReadonlyMap<string, MemberSum>,
  limits: UnpackLimits,
  progress: { entry: string; declaredBytes: number },
): string {
  const name = header.name;
  const shown = printable(name);
  progress.entry = shown;
  const reason =
    nameFault(name) ??
    (header.type === 'file'
      ? undefined
      : `it is a ${KINDS[header.type] ?? 'special entry'}, and a bundle holds plain files only`) ??
    (members.has(name) ? 'the archive has this name twice' : undefined) ??
    (isExpected(name) ? undefined : 'no file of this name belongs into a bundle') ??
    sizeFault(name, header.size, progress.declaredBytes, limits) ??
    (members.size >= limits.files ? `the archive has more than ${limits.files} files` : undefined);
  if (reason !== undefined) throw refusal(path, shown, reason);
  progress.declaredBytes += header.size;
  return name;
}

const KINDS: Readonly<Record<string, string>> = {
  link: 'hard link',
  symlink: 'symbolic link',
  directory: 'folder',
  'character-device': 'device',
  'block-device': 'device',
  fifo: 'FIFO',
};

function nameFault(name: string): string | undefined {
  if (name.startsWith('/') || name.startsWith('\\') || /^[A-Za-z]:/.test(name)) return 'its name is absolute';
  if (name.split(/[/\\]/).includes('..')) return 'its name leaves the folder';
  return undefined;
}

function isExpected(name: string): boolean {
  return [MANIFEST_NAME, FACTS_NAME, REPORT_NAME, SUMMARY_NAME].includes(name) || CAPTURE_NAME.test(name);
}

function sizeFault(
  name: string,
  sizeBytes: number,
  declaredBytes: number,
  limits: UnpackLimits,
): string | undefined {
  const most = CAPTURE_NAME.test(name) ? limits.captureBytes : limits.documentBytes;
  if (sizeBytes > most) return `it has ${sizeBytes} bytes, and ${most} are the most`;
  if (declaredBytes + sizeBytes > limits.totalBytes)
    return `with it the bundle has more than ${limits.totalBytes} bytes`;
  return undefined;
}

/** Reads one member: captures to the folder, documents to memory. Its size was bounded by {@link admit}. */
async function readMember(entry: AsyncIterable<unknown>, name: string, folder: string): Promise<MemberSum> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const file = CAPTURE_NAME.test(name) ? await createMember(join(folder, name)) : undefined;
  try {
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      if (file) await file.writeFile(chunk);
      else chunks.push(chunk);
    }
  } finally {
    await file?.close();
  }
  return { sizeBytes, sha256: hash.digest('hex'), bytes: file ? undefined : Buffer.concat(chunks) };
}

async function createMember(path: string): Promise<Awaited<ReturnType<typeof open>>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return await open(path, 'wx', 0o600);
}

/** Ends the reading of an archive that unpacks to more than its entries, so zeros without end too, may. */
function bound(
  path: string,
  limits: UnpackLimits,
  progress: { entry: string; declaredBytes: number },
): Transform {
  let unpackedBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      unpackedBytes += chunk.length;
      if (unpackedBytes <= progress.declaredBytes + FRAMING_BYTES) return done(null, chunk);
      done(
        refusal(
          path,
          progress.entry || 'the archive',
          `it unpacks to more than its entries hold (${limits.totalBytes} bytes are the most)`,
        ),
      );
    },
  });
}

/** The pipeline's own error says more than the "premature close" that the reader of an entry sees. */
async function asUserError(
  path: string,
  seen: unknown,
  reading: Promise<void>,
  entry: string,
): Promise<unknown> {
  const [outcome] = await Promise.allSettled([reading]);
  const first = [seen, outcome.status === 'rejected' ? outcome.reason : undefined].find(
    (error) => error instanceof UserError,
  );
  if (first !== undefined) return first;
  const cause: unknown = outcome.status === 'rejected' ? outcome.reason : seen;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (/^E[A-Z]+$/.test(code)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  // Data runs ahead of the entry in hand, so the damage may lie behind it.
  const place = entry === '' ? '' : ' here or further on';
  return refusal(path, entry || 'the archive', `it is damaged${place} (${printable(why)})`, cause);
}
