import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  discardScript,
  farSide,
  lookScript,
  startScript,
  stopScript,
  sumScript,
  tarScript,
} from '../../src/recorder/far-side.ts';
import { readLook } from '../../src/recorder/read-look.ts';
import { fileHeader } from '../capture/fake-container.ts';
import { order, recordAt } from './orders.ts';

/** A tcpdump that writes one packet, knows USR1 and TERM, and whose trigger prints the same line twice. */
const fakeTcpdump = `#!/bin/sh
for a; do last=$a; case "$before" in -w) file=$a;; esac; before=$a; done
if [ "$last" = now ]; then cp "$SAMPLE" "$file"; exit 0; fi
if [ "$last" = twice ]; then echo 'IP a > b: S, seq 1, win 1'; echo 'IP a > c: S, seq 1, win 1'; echo 'IP a > b: S, seq 1, win 2'; exec sleep 60; fi
if [ "$last" = broken ]; then echo 'tcpdump: syntax error' >&2; exit 1; fi
if [ -n "$file" ]; then cp "$SAMPLE" "$file"0; fi
trap 'echo "tcpdump: 1 packet captured, 1 packet received by filter, 0 packets dropped by kernel" >&2' USR1
trap 'printf "1 packet captured\\n1 packet received by filter\\n0 packets dropped by kernel\\n" >&2; exit 0' TERM
echo "tcpdump: listening on eth0" >&2
while :; do sleep 0.05; done
`;

let folder = '';
let base = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netdebug-far-'));
  base = join(folder, 'netdebug');
  writeFileSync(join(folder, 'tcpdump'), fakeTcpdump);
  chmodSync(join(folder, 'tcpdump'), 0o755);
  writeFileSync(join(folder, 'sample'), Buffer.concat([fileHeader(), recordAt(1_700_000_000)]));
});
afterEach(async () => {
  for (const name of existsSync(base) ? readdirSync(base) : []) await run(stopScript, join(base, name));
  rmSync(folder, { recursive: true });
});

/** Ends when the process has ended and nobody holds its output any more. */
function run(
  script: string,
  ...args: string[]
): Promise<{ status: number | null; stdout: Buffer; stderr: string }> {
  const [program = '', ...rest] = farSide(script, ...args);
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    SAMPLE: join(folder, 'sample'),
  };
  const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, stdout: Buffer.concat(stdout), stderr }));
  });
}

async function start(
  over: { ttl?: number; after?: number; mode?: string; expression?: string; filter?: string } = {},
): Promise<{ status: number | null; stdout: Buffer; stderr: string }> {
  const { ttl = 60, after = 0, mode = '', expression = '', filter = 'tcp' } = over;
  const path = join(base, 'recorder');
  return await run(
    startScript,
    path,
    JSON.stringify(order),
    String(ttl),
    String(after),
    mode,
    'eth0',
    expression,
    'tcpdump',
    '-w',
    `${path}/ring/r`,
    '--',
    filter,
  );
}

async function look() {
  const { stdout } = await run(lookScript, base);
  return readLook(stdout.toString()).recorders;
}

async function ended() {
  for (;;) {
    const [recorder] = await look();
    if (recorder === undefined || recorder.ended !== null) return recorder;
  }
}

test('a recorder goes on when the shell that started it has ended, and tells of itself', async () => {
  expect(await start()).toMatchObject({ status: 0, stdout: Buffer.from('tcpdump: listening on eth0\n') });
  expect(await look()).toMatchObject([
    {
      order,
      ended: null,
      files: [{ name: 'r0', sizeBytes: 100, firstSeconds: 1_700_000_000 }],
      counters: { captured: 1, receivedByFilter: 1, droppedByKernel: 0 },
    },
  ]);
  expect((await start()).status).toBe(73);
  expect((await run(stopScript, join(base, 'recorder'))).status).toBe(0);
  expect(await ended()).toMatchObject({ ended: 'stopped', counters: { captured: 1 } });
});

test('its time ends it', async () => {
  await start({ ttl: 1 });
  expect(await ended()).toMatchObject({ ended: 'ttl', triggeredSeconds: null });
});

test.each([
  ['first', 'now'],
  ['repeat', 'twice'],
])('a trigger of mode %s ends it', async (mode, expression) => {
  await start({ mode, expression });
  const recorder = await ended();
  expect(recorder?.ended).toBe('trigger');
  expect(recorder?.triggeredSeconds).toBeGreaterThan(1_700_000_000);
});

test('a trigger that never fires ends with the recorder', async () => {
  await start({ mode: 'repeat', expression: 'quiet' });
  expect((await run(stopScript, join(base, 'recorder'))).status).toBe(0);
  const waiting = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/cmdline`)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false; // it ended in between
    }
  });
  expect(waiting).toEqual([]);
});

test('a tcpdump that does not start is told in its own words and leaves nothing', async () => {
  expect(await start({ filter: 'broken' })).toMatchObject({ status: 74, stderr: 'tcpdump: syntax error\n' });
  expect(readdirSync(base)).toEqual([]);
});

test('its files are summed up, packed and thrown away', async () => {
  await start();
  const path = join(base, 'recorder');
  expect((await run(sumScript, path, 'r0')).stdout.toString()).toMatch(/^sum r0 100 [0-9a-f]{64}\n$/);
  const archive = (await run(tarScript, path, 'r0')).stdout;
  expect(archive.subarray(0, 2).toString()).toBe('r0');
  expect(archive.includes(readFileSync(join(folder, 'sample')))).toBe(true);
  await run(stopScript, path);
  await run(discardScript, path);
  expect(existsSync(path)).toBe(false);
});
