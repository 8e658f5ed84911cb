import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack as tarPack, type Header, type Pack } from 'tar-stream';
import {
  BUNDLE_VERSION,
  CAPTURE_NAME,
  FACTS_NAME,
  MANIFEST_NAME,
  REPORT_NAME,
  SUMMARY_NAME,
  type BundleContents,
  type Manifest,
  type ManifestFile,
} from './bundle.ts';
import { MAX_CAPTURES } from './manifest.ts';

/** What was written. The two sums are for tickets: some systems cut attachments without a word. */
export interface PackedBundle {
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of the file. */
  readonly sha256: string;
  /** SHA-256 of the tar inside, which another compression leaves as it is. */
  readonly tarSha256: string;
}

/** One file on its way into the archive. */
interface Entry {
  readonly name: string;
  /** Text of the file, or the path of a file on this machine. */
  readonly source: { readonly text: string } | { readonly path: string };
}

/**
 * Writes a bundle to `path` (mode 0600), replacing what was there only when it is complete.
 * The same contents give the same bytes: names sorted by bytes, no times, owners or machine in it.
 * Throws what the file system throws.
 */
export async function packBundle(path: string, contents: BundleContents): Promise<PackedBundle> {
  checkCaptureNames(contents);
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    await rm(partial, { force: true });
    const sums = await writeArchive(partial, contents);
    const sizeBytes = await syncToDisk(partial);
    await rename(partial, path);
    return { path, sizeBytes, ...sums };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function checkCaptureNames(contents: BundleContents): void {
  const names = new Set(contents.captures.map((capture) => capture.name));
  const wrong = [...names].find((name) => !CAPTURE_NAME.test(name));
  if (wrong !== undefined) throw new RangeError(`not a capture's name in a bundle: ${wrong}`);
  if (names.size !== contents.captures.length) throw new RangeError('two captures have the same name');
  if (names.size > MAX_CAPTURES) throw new RangeError(`more than ${MAX_CAPTURES} captures`);
}

async function writeArchive(
  path: string,
  contents: BundleContents,
): Promise<{ sha256: string; tarSha256: string }> {
  const tar = tarPack();
  const tarHash = createHash('sha256');
  const fileHash = createHash('sha256');
  const written = pipeline(
    tar,
    observe(tarHash),
    createGzip({ level: 9 }),
    hideOperatingSystem(),
    observe(fileHash),
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  );
  const filled = fill(tar, contents).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  const [first] = await Promise.allSettled([filled, written]);
  if (first.status === 'rejected') throw first.reason;
  await written;
  return { sha256: fileHash.digest('hex'), tarSha256: tarHash.digest('hex') };
}

/** The manifest is not the last by name, so the sums of the files after it are taken before. */
async function fill(tar: Pack, contents: BundleContents): Promise<void> {
  const files: ManifestFile[] = [];
  const later: Entry[] = [
    { name: REPORT_NAME, source: { text: `${JSON.stringify(contents.report, null, 2)}\n` } },
    { name: SUMMARY_NAME, source: { text: contents.summary } },
  ];
  for (const entry of earlierEntries(contents)) files.push(await addEntry(tar, entry));
  for (const { name, source } of later) {
    if ('text' in source) files.push(describeText(name, source.text));
  }
  await addEntry(tar, {
    name: MANIFEST_NAME,
    source: { text: `${JSON.stringify(manifestOf(contents, files), null, 2)}\n` },
  });
  for (const entry of later) await addEntry(tar, entry);
  tar.finalize();
}

/** Captures and facts: the names before the manifest's, sorted by bytes. */
function earlierEntries(contents: BundleContents): Entry[] {
  const entries: Entry[] = contents.captures.map(({ name, path }) => ({ name, source: { path } }));
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  if (contents.facts)
    entries.push({ name: FACTS_NAME, source: { text: `${JSON.stringify(contents.facts, null, 2)}\n` } });
  return entries;
}

function manifestOf(contents: BundleContents, files: readonly ManifestFile[]): Manifest {
  return {
    bundleVersion: BUNDLE_VERSION,
    tool: contents.report.tool,
    reportSchemaVersion: contents.report.schemaVersion,
    factsVersion: contents.facts?.factsVersion ?? null,
    createdAt: contents.createdAt,
    cut: contents.cut,
    captures: contents.captures.map(({ name, origin }) => ({ file: name, origin })),
    files,
  };
}

async function addEntry(tar: Pack, { name, source }: Entry): Promise<ManifestFile> {
  if ('text' in source) {
    const bytes = Buffer.from(source.text);
    await new Promise<void>((resolve, reject) => {
      tar.entry(header(name, bytes.length), bytes, (error) => (error ? reject(error) : resolve()));
    });
    return describeText(name, source.text);
  }
  const sizeBytes = (await stat(source.path)).size;
  const hash = createHash('sha256');
  await new Promise<void>((resolve, reject) => {
    const sink = tar.entry(header(name, sizeBytes), (error) => (error ? reject(error) : resolve()));
    pipeline(createReadStream(source.path), observe(hash), sink).catch(reject);
  });
  return { name, sizeBytes, sha256: hash.digest('hex') };
}

function header(name: string, size: number): Partial<Header> & Pick<Header, 'name'> {
  return { name, size, type: 'file', mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
}

function describeText(name: string, text: string): ManifestFile {
  const bytes = Buffer.from(text);
  return { name, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function observe(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

/** Byte 9 of a gzip header names the operating system (RFC 1952 §2.3.1); 255 is "unknown". */
function hideOperatingSystem(): Transform {
  let offset = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      if (offset <= 9 && 9 < offset + chunk.length) chunk[9 - offset] = 0xff;
      offset += chunk.length;
      done(null, chunk);
    },
  });
}

async function syncToDisk(path: string): Promise<number> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}
