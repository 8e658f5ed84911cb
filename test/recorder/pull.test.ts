import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { oldestFirst, pullRing } from '../../src/recorder/pull.ts';
import { sumScript } from '../../src/recorder/far-side.ts';
import type { RingFile } from '../../src/recorder/recorder.ts';
import { fileHeader, startFarSide, type FarSide } from '../capture/fake-container.ts';
import { exitStatus, type FakeApiServer } from '../kube/fake-api-server.ts';
import { placed, recordAt } from './orders.ts';

let folder = '';
let server: FakeApiServer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netdebug-pull-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

const contents: Readonly<Record<string, Buffer>> = Object.fromEntries(
  ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'].map((name, index) => [
    name,
    Buffer.concat([fileHeader(), recordAt(100 + index, 5000)]),
  ]),
);
const files: readonly RingFile[] = Object.entries(contents).map(([name, bytes], index) => ({
  name,
  sizeBytes: bytes.length,
  firstSeconds: 100 + index,
}));

/** What a tar stream of these files is. */
async function archive(
  members: Readonly<Record<string, Buffer>>,
  type: 'file' | 'symlink' = 'file',
): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(members))
    tar.entry(
      type === 'file' ? { name } : { name, type, linkname: '/etc/passwd' },
      type === 'file' ? bytes : '',
    );
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Answers sums as they are, and the n-th tar as `answer` says. */
async function pull(
  answer: (names: readonly string[], turn: number, side: FarSide) => Promise<Buffer | undefined>,
  ended: 'stopped' | null = 'stopped',
) {
  let turn = 0;
  const started = await startFarSide((side) => {
    void (async () => {
      const names = side.argv.slice(5);
      if (side.argv[2] === sumScript) {
        const lines = names.map((name) => {
          const bytes = contents[name] ?? Buffer.alloc(0);
          return `sum ${name} ${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}\n`;
        });
        side.stdout(Buffer.from(lines.join('')));
      } else {
        const bytes = await answer(names, turn++, side);
        if (bytes === undefined) return;
        side.stdout(bytes);
      }
      side.socket.send(exitStatus(0));
    })();
  });
  server = started.server;
  const progress: string[] = [];
  const pulled = await pullRing(started.api, placed({ files, ended }), folder, Infinity, (done, of) =>
    progress.push(`${done}/${of}`),
  );
  return { pulled, progress, turns: turn };
}

const wanted = (names: readonly string[]): Readonly<Record<string, Buffer>> =>
  Object.fromEntries(names.map((name) => [name, contents[name] ?? Buffer.alloc(0)]));

test('a ring comes home oldest first and byte for byte', async () => {
  const { pulled, progress } = await pull((names) => archive(wanted(names)));
  expect(pulled.files.map(({ file }) => file.name)).toEqual(Object.keys(contents));
  for (const { path, file } of pulled.files)
    expect(readFileSync(path).equals(contents[file.name] ?? Buffer.alloc(0))).toBe(true);
  expect(progress.at(-1)).toBe('6/6');
});

test('a cut is taken up again at the file that it hit', async () => {
  const asked: string[] = [];
  const { pulled } = await pull(async (names, turn, side) => {
    asked.push(names.join());
    const bytes = await archive(wanted(names));
    if (turn > 0) return bytes;
    side.stdout(bytes.subarray(0, 8000));
    side.socket.terminate();
    return undefined;
  });
  expect(asked).toEqual(['r0,r1,r2,r3', 'r1,r2,r3', 'r4,r5']);
  expect(pulled.files).toHaveLength(6);
});

test('a byte that changed on the way is noticed and fetched again', async () => {
  const { pulled, turns } = await pull(async (names, turn) => {
    const bytes = await archive(wanted(names));
    if (turn === 0) bytes[600] = 1 ^ (bytes[600] ?? 0);
    return bytes;
  });
  expect(turns).toBe(3);
  expect(pulled).toMatchObject({ overwritten: [] });
  expect(pulled.files).toHaveLength(6);
});

test('what a running recorder has overwritten meanwhile is told and not fetched again', async () => {
  const { pulled } = await pull(
    (names) => archive({ ...wanted(names), ...(names.includes('r1') ? { r1: Buffer.from('newer') } : {}) }),
    null,
  );
  expect(pulled.overwritten.map(({ name }) => name)).toEqual(['r1']);
  expect(pulled.files.map(({ file }) => file.name)).toEqual(['r0', 'r2', 'r3', 'r4', 'r5']);
});

test('a file that has grown since it was summed up is cut to what was summed up', async () => {
  const { pulled } = await pull(
    (names) =>
      archive(
        Object.fromEntries(
          names.map((name) => [name, Buffer.concat([contents[name] ?? Buffer.alloc(0), recordAt(9)])]),
        ),
      ),
    null,
  );
  expect(pulled.overwritten).toEqual([]);
  expect(readFileSync(join(folder, 'r5')).equals(contents['r5'] ?? Buffer.alloc(0))).toBe(true);
});

test.each<[string, () => Promise<Buffer>]>([
  ['a path', () => archive({ '../r0': Buffer.from('x') })],
  ['a name that nobody asked for', () => archive({ r9: Buffer.from('x') })],
  ['a link', () => archive({ r0: Buffer.alloc(0) }, 'symlink')],
])('an archive with %s is refused', async (_, make) => {
  await expect(pull(make)).rejects.toThrow('the far side sends what nobody asked for');
  expect(readdirSync(folder).filter((name) => !(name in contents))).toEqual([]);
});

test('files without a packet are not fetched, and the oldest is found wherever the ring begins', () => {
  const ring = [
    { name: 'r0', sizeBytes: 9, firstSeconds: 30 },
    { name: 'r1', sizeBytes: 24, firstSeconds: null },
    { name: 'r2', sizeBytes: 9, firstSeconds: 10 },
    { name: 'r3', sizeBytes: 9, firstSeconds: 20 },
  ];
  expect(oldestFirst(ring).map(({ name }) => name)).toEqual(['r2', 'r3', 'r0']);
});
