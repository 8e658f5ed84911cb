import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const binFolder = join(import.meta.dirname, '../../bin');
// Stands for Node and prints, one per line, what it was started with.
const fakeNode = '#!/bin/sh\nprintf "%s\\n" "$@"\n';

let folder = '';
let checkout = '';

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'netdebug-launcher-')));
  checkout = join(folder, 'check out');
  mkdirSync(join(checkout, 'node_modules/.bin'), { recursive: true });
  cpSync(binFolder, join(checkout, 'bin'), { recursive: true });
  writeFileSync(join(checkout, 'node_modules/.bin/node'), fakeNode);
  chmodSync(join(checkout, 'node_modules/.bin/node'), 0o755);
});

afterEach(() => rmSync(folder, { recursive: true }));

const start = (command: string, args: string[] = [], cwd = folder): string[] =>
  execFileSync(command, args, { cwd, encoding: 'utf8' }).trimEnd().split('\n').slice(2);

describe('bin/kubectl-netdebug', () => {
  const expected = (): string[] => [join(checkout, 'src/main.ts'), 'trace', 'pod/a b'];
  const args = ['trace', 'pod/a b'];

  test('runs the sources of its checkout with the Node beside them, memory flag first', () => {
    const output = execFileSync(join(checkout, 'bin/kubectl-netdebug'), args, { encoding: 'utf8' });
    expect(output.trimEnd().split('\n')).toEqual([
      '--max-semi-space-size=1',
      '--disable-warning=ExperimentalWarning',
      ...expected(),
    ]);
  });

  test('is found through a chain of relative and absolute links, and a linked folder', () => {
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    symlinkSync('../../check out/bin/kubectl-netdebug', join(folder, 'deep/er/one'));
    symlinkSync(join(folder, 'deep/er/one'), join(folder, 'deep/two'));
    symlinkSync('deep/two', join(folder, 'kubectl-netdebug'));
    symlinkSync('check out/bin', join(folder, 'programs'));
    expect(start(join(folder, 'kubectl-netdebug'), args)).toEqual(expected());
    expect(start('./kubectl-netdebug', args)).toEqual(expected());
    expect(start(join(folder, 'programs/kubectl-netdebug'), args)).toEqual(expected());
    expect(start('../kubectl-netdebug', args, join(folder, 'deep'))).toEqual(expected());
  });

  test('is found when the shell is given its bare name', () => {
    expect(start('sh', ['kubectl-netdebug', ...args], join(checkout, 'bin'))).toEqual(expected());
  });

  test('is found on the PATH, CDPATH notwithstanding', () => {
    const env = {
      ...process.env,
      PATH: `${join(checkout, 'bin')}${delimiter}${process.env['PATH']}`,
      CDPATH: '/',
    };
    const output = execFileSync('kubectl-netdebug', args, { env, encoding: 'utf8' });
    expect(output.trimEnd().split('\n').slice(2)).toEqual(expected());
  });

  test('prefers the bundle and the Node of a release archive', () => {
    mkdirSync(join(checkout, 'lib'));
    writeFileSync(join(checkout, 'lib/app.cjs'), '');
    writeFileSync(join(checkout, 'lib/node'), fakeNode);
    chmodSync(join(checkout, 'lib/node'), 0o755);
    expect(start(join(checkout, 'bin/kubectl-netdebug'), args)).toEqual([
      join(checkout, 'lib/app.cjs'),
      ...args,
    ]);
  });

  test('hands on the exit status', () => {
    writeFileSync(join(checkout, 'node_modules/.bin/node'), '#!/bin/sh\nexit 7\n');
    expect(spawnSync(join(checkout, 'bin/kubectl-netdebug')).status).toBe(7);
  });

  test('says what to do when the packages are not installed', () => {
    rmSync(join(checkout, 'node_modules'), { recursive: true });
    const { status, stderr } = spawnSync(join(checkout, 'bin/kubectl-netdebug'), { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain(`fix: (cd '${checkout}' && npm ci)`);
  });
});

test('bin/kubectl_complete-netdebug asks the program itself, through links too', () => {
  symlinkSync('check out/bin/kubectl_complete-netdebug', join(folder, 'kubectl_complete-netdebug'));
  expect(start('./kubectl_complete-netdebug', ['trace', 'pod/'])).toEqual([
    join(checkout, 'src/main.ts'),
    '__complete',
    'trace',
    'pod/',
  ]);
});

const kubectl = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });

test.skipIf(kubectl.error !== undefined)('kubectl finds the plugin and has nothing to warn of', () => {
  const env = { PATH: `${binFolder}${delimiter}${folderOf('kubectl')}`, HOME: folder };
  const { status, stdout, stderr } = spawnSync('kubectl', ['plugin', 'list'], { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(join(binFolder, 'kubectl-netdebug'));
});

/** The folder of the PATH that holds a program. */
function folderOf(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.find((path) => existsSync(join(path, program))) ?? '';
}
