import { createHash } from 'node:crypto';
import { readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { captureName } from '../../src/bundle/bundle.ts';
import { packBundle } from '../../src/bundle/pack.ts';
import { sampleContents, scratchFolder } from './sample.ts';

const NAMES = [
  'captures/000-pod-shop-client-0-eth0.pcap',
  'captures/001-pod-shop-client-1-eth0.pcap',
  'facts.json',
  'manifest.json',
  'report.json',
  'summary.md',
];

/** Names, modes, owners and times straight from the tar's bytes (POSIX ustar header). */
function headers(tar: Buffer): { name: string; mode: string; owner: string; mtime: string }[] {
  const found = [];
  for (let at = 0; tar[at] !== 0;) {
    const field = (offset: number, length: number): string =>
      tar.toString('latin1', at + offset, at + offset + length).replace(/[\0 ]+$/, '');
    found.push({
      name: field(0, 100),
      mode: field(100, 8),
      owner: field(108, 16) + field(265, 64),
      mtime: field(136, 12),
    });
    at += 512 + Math.ceil(Number.parseInt(field(124, 12), 8) / 512) * 512;
  }
  return found;
}

test('holds its files sorted by bytes, without owner, time or machine', async () => {
  const folder = await scratchFolder();
  await packBundle(join(folder, 'a.tar.gz'), await sampleContents(folder));
  const archive = await readFile(join(folder, 'a.tar.gz'));
  const found = headers(gunzipSync(archive));
  expect(found.map((header) => header.name)).toEqual(NAMES);
  expect(new Set(found.map((header) => header.mode))).toEqual(new Set(['000644']));
  expect(
    found.every((header) => /^[0\0 ]*$/.test(header.owner) && Number.parseInt(header.mtime, 8) === 0),
  ).toBe(true);
  expect([...archive.subarray(4, 10)]).toEqual([0, 0, 0, 0, 2, 0xff]);
});

test('gives the same bytes for the same contents, whatever the times of the files', async () => {
  const folder = await scratchFolder();
  const contents = await sampleContents(folder);
  const first = await packBundle(join(folder, 'a.tar.gz'), contents);
  for (const capture of contents.captures) await utimes(capture.path, 1, 1);
  const second = await packBundle(join(folder, 'b.tar.gz'), {
    ...contents,
    captures: [...contents.captures],
  });
  expect(second).toEqual({ ...first, path: join(folder, 'b.tar.gz') });
});

test('tells the sums of what it wrote, for its owner only', async () => {
  const folder = await scratchFolder();
  const packed = await packBundle(join(folder, 'a.tar.gz'), await sampleContents(folder));
  const archive = await readFile(packed.path);
  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect(packed).toEqual({
    path: packed.path,
    sizeBytes: archive.length,
    sha256: sha256(archive),
    tarSha256: sha256(gunzipSync(archive)),
  });
  expect((await stat(packed.path)).mode & 0o777).toBe(0o600);
});

test('leaves the old bundle, and nothing else, when a capture cannot be read', async () => {
  const folder = await scratchFolder();
  const contents = await sampleContents(folder);
  await writeFile(join(folder, 'a.tar.gz'), 'old');
  const broken = contents.captures.map((capture, index) =>
    index === 1 ? { ...capture, path: join(folder, 'gone.pcap') } : capture,
  );
  await expect(packBundle(join(folder, 'a.tar.gz'), { ...contents, captures: broken })).rejects.toThrow(
    'ENOENT',
  );
  expect(await readFile(join(folder, 'a.tar.gz'), 'utf8')).toBe('old');
  expect((await readdir(folder)).toSorted()).toEqual(['a.tar.gz', 'capture-0.pcap', 'capture-1.pcap']);
});

test('a large capture passes whole', async () => {
  const folder = await scratchFolder();
  const contents = await sampleContents(folder, [Buffer.alloc(9_000_001, 'packet')]);
  const packed = await packBundle(join(folder, 'a.tar.gz'), contents);
  const inside = gunzipSync(await readFile(packed.path)).subarray(512, 512 + 9_000_001);
  expect(inside.equals(Buffer.alloc(9_000_001, 'packet'))).toBe(true);
});

test.each([
  ['pod/shop/client eth0', 'captures/007-pod-shop-client-eth0.pcap'],
  ['../../etc/passwd', 'captures/007-etc-passwd.pcap'],
  ['\u202e\u0000', 'captures/007-capture.pcap'],
  ['x'.repeat(500), `captures/007-${'x'.repeat(60)}.pcap`],
])('the capture of %j is named %s', (vantagePoint, name) => {
  expect(captureName(7, vantagePoint)).toBe(name);
});
