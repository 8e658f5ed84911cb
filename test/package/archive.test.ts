import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { version } from '../../src/version.ts';
import { archiveName, thisPlatform } from '../../scripts/krew.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'netdebug-archive-'));
const installed = join(folder, 'store/netdebug', `v${version}`);
const link = join(folder, 'bin/kubectl-netdebug');
const manifest = join(folder, 'krew-manifest.yaml');
const archive = join(folder, archiveName(version, thisPlatform()));

const runScript = (name: string, ...args: string[]): void => {
  execFileSync(process.execPath, [join(root, 'scripts', name), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
};
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

// As krew does it: unpacked into a store, then one link in a folder on the PATH.
beforeAll(() => {
  copyFileSync(join(root, 'krew-manifest.yaml'), manifest);
  runScript('build.ts');
  runScript('package.ts', '--out', folder, '--manifest', manifest);
  mkdirSync(installed, { recursive: true });
  mkdirSync(join(folder, 'bin'));
  execFileSync('tar', ['-xzf', archive, '-C', installed]);
  symlinkSync(join(installed, 'bin/kubectl-netdebug'), link);
});

afterAll(() => rmSync(folder, { recursive: true }));

test('holds nothing but regular files, with fixed owners and times, and the licences', async () => {
  const names: string[] = [];
  const odd: string[] = [];
  for await (const entry of createReadStream(archive).pipe(createGunzip()).pipe(extract())) {
    const { name, type, uid, gid, mtime } = entry.header;
    names.push(name);
    if (type !== 'file' || uid !== 0 || gid !== 0 || mtime?.getUTCFullYear() !== 2000) odd.push(name);
    entry.resume();
  }
  expect(odd).toEqual([]);
  expect(names).toEqual(names.toSorted());
  expect(names).toEqual(expect.arrayContaining(['LICENSE', 'licenses/node.txt', 'licenses/third-party.txt']));
});

test('is the file that the krew manifest names', () => {
  const { os, arch } = thisPlatform();
  const { spec } = parse(readFileSync(manifest, 'utf8')) as {
    spec: { platforms: { selector: unknown; uri: string; sha256: string; bin: string }[] };
  };
  const [entry] = spec.platforms.filter(
    ({ selector }) => JSON.stringify(selector) === JSON.stringify({ matchLabels: { os, arch } }),
  );
  expect(entry?.sha256).toBe(sha256(archive));
  expect(entry?.uri.endsWith(`/v${version}/${archiveName(version, { os, arch })}`)).toBe(true);
  expect(readFileSync(join(installed, entry!.bin), 'utf8')).toContain('#!/bin/sh');
});

test('has the same bytes when it is packed again', () => {
  const again = join(folder, 'again');
  runScript('package.ts', '--out', again, '--manifest', manifest);
  expect(sha256(join(again, archiveName(version, thisPlatform())))).toBe(sha256(archive));
});

// Nothing but the archive: an empty PATH, no home, no other Node, no packages.
const runInstalled = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync('/bin/sh', [link, ...args], { cwd: '/', env: { PATH: '/nonexistent' }, encoding: 'utf8' });

test('starts through the link that krew makes, where no Node is found', () => {
  const { status, stdout, stderr } = runInstalled('--version');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(version);
});

test('has the pages about findings with it', () => {
  const { status, stdout } = runInstalled('explain', 'tcp-syn-no-answer');
  expect(status).toBe(0);
  expect(stdout).toContain('tcp-syn-no-answer');
});

test('has the recordings of the demo with it', () => {
  const { stdout, status } = runInstalled('demo', '-o', 'json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ verdict: { outcome: 'findings' } });
});

test('has the Kubernetes client with it', () => {
  const connection = ['--server', 'https://127.0.0.1:1', '--token', 'none', '-n', 'shop'];
  const { status, stdout, stderr } = runInstalled('trace', 'pod/client', ...connection);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/refused/i);
  expect(stderr).toContain('127.0.0.1:1');
});

test('starts with code that was compiled when it was built', () => {
  const script = `
    const { readFileSync } = require('node:fs');
    const { Script } = require('node:vm');
    const [filename, cache] = ['program.cjs', 'program.cache'].map((name) => ${JSON.stringify(join(installed, 'lib'))} + '/' + name);
    const program = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: readFileSync(cache) });
    console.log(program.cachedDataRejected)`;
  // The launcher's flags: V8 compares them.
  const flags = /"\$node" (.*) "\$program"/.exec(
    readFileSync(join(installed, 'bin/kubectl-netdebug'), 'utf8'),
  )?.[1];
  const rejected = execFileSync(join(installed, 'lib/node'), [...(flags ?? '').split(' '), '-e', script], {
    env: {},
    encoding: 'utf8',
  });
  expect(rejected.trim()).toBe('false');
});

test.runIf(process.platform === 'linux')('brings the library that stock distributions lack', () => {
  const script = "console.log(require('node:fs').readFileSync('/proc/self/maps', 'utf8'))";
  const maps = execFileSync(join(installed, 'lib/node'), ['-e', script], { env: {}, encoding: 'utf8' });
  expect(maps).toContain(join(installed, 'lib/libatomic.so.1'));
});
