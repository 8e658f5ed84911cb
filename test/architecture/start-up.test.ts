import { expect, test } from 'vitest';
import { readSources } from './sources.ts';

const loads = new Map(readSources().map((source) => [source.file, source.loads]));

/** Everything that is loaded when `file` is, each with the file that asks for it first. */
function loadedWith(file: string): Map<string, string> {
  const found = new Map([[file, '']]);
  for (const [loaded] of found) {
    for (const next of loads.get(loaded) ?? []) if (!found.has(next)) found.set(next, loaded);
  }
  return found;
}

// Each of these costs from 20 to 120 ms: `--version`, `--help` and completion answer before they are loaded.
test.each(['@kubernetes/client-node', 'ws', 'tar-stream', 'cli-table3', 'yaml', 'yargs'])(
  'the program starts without %s',
  (name) => {
    expect(loadedWith('main.ts').get(name)).toBeUndefined();
  },
);

test('what is loaded is followed from file to file', () => {
  expect([...loadedWith('main.ts').keys()]).toContain('commands/help.ts');
  expect([...loadedWith('kube/exec-stream.ts').keys()]).toContain('ws');
});
