import { readFile, stat, writeFile } from 'node:fs/promises';
import type { CaptureOrigin } from '../bundle/bundle.ts';
import { factsShape } from '../bundle/facts-shape.ts';
import { originShape } from '../bundle/manifest.ts';
import { nullable, object, type Shape, ShapeError } from '../bundle/shape.ts';
import type { Facts } from '../cluster/facts.ts';
import { UserError } from '../errors.ts';

/** What the packets of a kept capture do not say; lies beside it, so that a ticket can be packed later. */
export interface CaptureNotes {
  readonly origin: CaptureOrigin;
  readonly facts: Facts | null;
}

const notesShape: Shape<CaptureNotes> = object<CaptureNotes>({
  origin: originShape,
  facts: nullable(factsShape),
});

/** Facts of a large cluster are a few megabytes. */
const MAX_NOTES_BYTES = 64 * 1024 * 1024;

/** Writes the notes beside a capture of ours (mode 0600). Throws what the file system throws. */
export async function writeNotes(capturePath: string, notes: CaptureNotes): Promise<void> {
  await writeFile(notesPath(capturePath), JSON.stringify(notes), { mode: 0o600 });
}

/** Reads the notes beside a capture; null: there are none. Throws UserError for notes that are not as this program writes them. */
export async function readNotes(capturePath: string): Promise<CaptureNotes | null> {
  const path = notesPath(capturePath);
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : -1),
    () => -1,
  );
  if (size < 0) return null;
  try {
    if (size > MAX_NOTES_BYTES)
      throw new ShapeError(`the file has ${size} bytes, more than ${MAX_NOTES_BYTES}`);
    return notesShape(JSON.parse(await readFile(path, 'utf8')), '');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `cannot use the notes ${path}`,
      why,
      'move that file away to analyse the packets alone',
      { cause: error },
    );
  }
}

function notesPath(capturePath: string): string {
  return `${capturePath}.notes.json`;
}
