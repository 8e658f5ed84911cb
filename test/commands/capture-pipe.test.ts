import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPipe } from '../../src/commands/capture-pipe.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netdebug-pipe-'));
  path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
});
afterEach(() => rmSync(folder, { recursive: true }));

test('waits for a reader, says so, and hands on what is written', async () => {
  const waited = Promise.withResolvers<void>();
  const opening = openPipe(path, waited.resolve);
  await waited.promise;
  await using reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipe = await opening;
  expect(await pipe.write(Buffer.from('packets'))).toBe(true);
  const { bytesRead, buffer } = await reader.read(Buffer.alloc(20));
  expect(buffer.toString('utf8', 0, bytesRead)).toBe('packets');
  pipe.close();
});

test('a write waits while the pipe is full, and closing gives it up', async () => {
  await using reader = await open(path, constants.O_RDWR);
  const pipe = await openPipe(path, () => expect.unreachable());
  let isTaken = false;
  const writing = pipe.write(Buffer.alloc(1_000_000)).then((taken) => (isTaken = taken));
  await expect.poll(async () => (await reader.read(Buffer.alloc(4096))).bytesRead).toBe(4096);
  expect(isTaken).toBe(false);
  pipe.close();
  expect(await writing).toBe(false);
});

test('says when its reader has gone', async () => {
  const reader = await open(path, constants.O_RDWR);
  const pipe = await openPipe(path, () => expect.unreachable());
  expect(await pipe.write(Buffer.from('x'))).toBe(true);
  await reader.close();
  expect(await pipe.write(Buffer.from('y'))).toBe(false);
  pipe.close();
});

test('what is not there is an error of the file system', async () => {
  await expect(openPipe(join(folder, 'nothing'), () => undefined)).rejects.toMatchObject({ code: 'ENOENT' });
});
