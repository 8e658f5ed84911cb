import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/*
 * Run by the build with the program's own Node and flags: `node … code-cache.ts PROGRAM CACHE CAPTURE`. Runs the
 * program a few times as its users do, then writes what V8 has compiled by then.
 */
const [file, cacheFile, capture] = process.argv.slice(2) as [string, string, string];
const program = new Script(readFileSync(file, 'latin1'), { filename: file });
const start = program.runInThisContext() as (load: NodeJS.Require, file: string, folder: string) => void;
const load = createRequire(file);
const write = process.stdout.write;

/** The program ends its process; here it ends this promise. */
function run(words: readonly string[]): Promise<unknown> {
  process.argv = [process.execPath, file, ...words];
  return new Promise((resolve) => {
    process.exit = ((status: unknown): void => resolve(status)) as typeof process.exit;
    start(load, file, dirname(file));
  });
}

const exit = process.exit.bind(process);
process.stdout.write = ((_bytes: unknown, _encoding: unknown, done: unknown): boolean => {
  for (const called of [_encoding, done]) if (typeof called === 'function') called();
  return true;
}) as typeof write;
for (const words of [['--version'], ['--help'], ['analyze', capture]]) await run(words);
writeFileSync(cacheFile, program.createCachedData());
exit(0);
