import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/*
 * What the launcher starts in a release: takes the program with the code that V8 compiled when it was built, which
 * halves the time to the first line of `analyze`. V8 itself refuses code of another version, platform or set of
 * flags; then it compiles the program as ever.
 */
const filename = join(__dirname, 'program.cjs');
/** Missing or unreadable: no reason not to start. */
function compiledCode(): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, 'program.cache'));
  } catch {
    return undefined;
  }
}

const cachedData = compiledCode();
// The build writes ASCII: one byte for a character.
const program = new Script(readFileSync(filename, 'latin1'), {
  filename,
  ...(cachedData === undefined ? {} : { cachedData }),
});
(program.runInThisContext() as (load: NodeJS.Require, file: string, folder: string) => void)(
  require,
  filename,
  __dirname,
);
