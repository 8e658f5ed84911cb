import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** A file of the archive; `content` is a path on disk, or a text. */
export interface ArchiveEntry {
  /** Path inside the archive, with "/". */
  readonly name: string;
  readonly content: { readonly path: string } | { readonly text: string };
  readonly executable: boolean;
}

// The same input gives the same bytes: no owners, no clock. Not 1970, which tar calls implausible.
const modified = new Date('2000-01-01T00:00:00Z');

/**
 * Writes a `.tar.gz` of regular files (krew extracts nothing else), sorted by name, and gives its SHA-256 in
 * lower-case hexadecimal.
 */
export async function writeArchive(file: string, entries: readonly ArchiveEntry[]): Promise<string> {
  const archive = pack();
  const written = pipeline(archive, createGzip(), createWriteStream(file));
  for (const { name, content, executable } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const bytes = 'text' in content ? Buffer.from(content.text) : readFileSync(content.path);
    archive.entry({ name, mode: executable ? 0o755 : 0o644, uid: 0, gid: 0, mtime: modified }, bytes);
  }
  archive.finalize();
  await written;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Every regular file below `folder`, at the same place below `name` in the archive. */
export function folderEntries(folder: string, name: string): ArchiveEntry[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => ({
      name: `${name}/${path.replaceAll('\\', '/')}`,
      content: { path: join(folder, path) },
      executable: false,
    }));
}
