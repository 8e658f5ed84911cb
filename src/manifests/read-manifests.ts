import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Unreadable } from '../cluster/facts.ts';
import { asList, asObject, asText } from '../cluster/raw.ts';
import { UserError } from '../errors.ts';

/** Objects of the Kubernetes API as files have them, and what could not be read of these files. */
export interface Manifests {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly Unreadable[];
}

/** An object with at least a kind. */
export type ManifestObject = Readonly<Record<string, unknown>>;

const MAX_FILES = 5000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_OBJECTS = 50_000;
const MAX_DEPTH = 16;
/** YAML aliases that one document may resolve: more is a bomb. */
const MAX_ALIASES = 100;

/** A value or a line that begins with a template's braces, which YAML may take for a map of maps. */
const TEMPLATE = /^[ \t]*(?:-[ \t]*)?(?:[\w./"'-]{1,200}:[ \t]*)?\{\{/m;

/**
 * Reads all YAML and JSON files of a folder, or one file. What is a symbolic link out of the folder, too large or no
 * YAML stands in `problems`. Throws UserError if there is nothing to read.
 */
export async function readManifests(path: string): Promise<Manifests> {
  const files = new ManifestFiles(await rootOf(path));
  await files.add(path, 0);
  if (files.count === 0)
    throw new UserError(
      `there are no manifests in ${path}`,
      'no file in it ends in .yaml, .yml or .json',
      'Name the folder in which they are: --manifests deploy/',
    );
  return files;
}

async function rootOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new UserError(
      `${path} cannot be read`,
      error instanceof Error ? error.message : String(error),
      'Name a folder of manifests: --manifests deploy/',
      { cause: error },
    );
  }
}

class ManifestFiles implements Manifests {
  readonly objects: ManifestObject[] = [];
  readonly problems: Unreadable[] = [];
  count = 0;
  #bytes = 0;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async add(path: string, depth: number): Promise<void> {
    const isLink = depth > 0 && (await lstat(path)).isSymbolicLink();
    if (isLink && !(await this.#isInside(path))) {
      this.#leave(path, 'it is a symbolic link out of the folder');
      return;
    }
    const info = await stat(path);
    // A link to a folder may lead in circles; what it leads to is read where it is.
    if (info.isDirectory() && !isLink) await this.#addFolder(path, depth);
    else if (info.isFile() && (depth === 0 || /\.(ya?ml|json)$/i.test(path)))
      await this.#addFile(path, info.size);
  }

  async #addFolder(path: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) {
      this.#leave(path, `it lies deeper than ${MAX_DEPTH} folders`);
      return;
    }
    for (const name of (await readdir(path)).toSorted()) {
      if (!name.startsWith('.')) await this.add(join(path, name), depth + 1);
    }
  }

  async #addFile(path: string, lengthBytes: number): Promise<void> {
    this.count += 1;
    this.#bytes += lengthBytes;
    if (this.count > MAX_FILES) this.#leave(path, `there are more than ${MAX_FILES} files`);
    else if (lengthBytes > MAX_FILE_BYTES)
      this.#leave(path, `it is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`);
    else if (this.#bytes > MAX_BYTES)
      this.#leave(path, `all files together are larger than ${MAX_BYTES / 1024 / 1024} MiB`);
    else this.#parse(path, await readFile(path, 'utf8'));
  }

  #parse(path: string, text: string): void {
    if (TEMPLATE.test(text)) {
      this.#leave(path, 'it is a template whose values are not known: render it first');
      return;
    }
    try {
      for (const document of parseAllDocuments(text)) {
        const [error] = document.errors;
        if (error !== undefined) throw error;
        this.#take(path, document.toJS({ maxAliasCount: MAX_ALIASES }));
      }
    } catch (error) {
      // What is in it is not known.
      const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      this.#leave(path, `it is no YAML: ${line}`);
    }
  }

  #take(path: string, value: unknown): void {
    const object = asObject(value);
    const items = object['items'];
    if (asText(object['kind']).endsWith('List') && Array.isArray(items)) {
      if (items.length > asList(items).length) this.#leave(path, 'its list is too long to be read whole');
      for (const item of asList(items)) this.#take(path, item);
      return;
    }
    if (asText(object['kind']) === '') return;
    if (this.objects.length < MAX_OBJECTS) this.objects.push(object);
    else this.#leave(path, `there are more than ${MAX_OBJECTS} objects`);
  }

  async #isInside(path: string): Promise<boolean> {
    try {
      const real = await realpath(path);
      return real === this.#root || real.startsWith(`${this.#root}${sep}`);
    } catch {
      // A link that leads nowhere.
      return false;
    }
  }

  #leave(path: string, why: string): void {
    const name = relative(this.#root, path);
    this.problems.push({ what: `manifest ${name === '' ? path : name}`, why, fix: '' });
  }
}
