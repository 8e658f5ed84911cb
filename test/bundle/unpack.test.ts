import { existsSync } from 'node:fs';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pack as tarPack, type Header } from 'tar-stream';
import { expect, test, vi } from 'vitest';
import { isBundle } from '../../src/bundle/open-bundle.ts';
import { packBundle } from '../../src/bundle/pack.ts';
import { UNPACK_LIMITS, unpackBundle } from '../../src/bundle/unpack.ts';
import { UserError } from '../../src/errors.ts';
import { FACTS, ORIGIN, REPORT, sampleContents, scratchFolder } from './sample.ts';

async function goodBundle(): Promise<string> {
  const folder = await scratchFolder();
  const path = join(folder, 'a.tar.gz');
  await packBundle(path, await sampleContents(folder));
  return path;
}

type Member = { header: Partial<Header> & Pick<Header, 'name'>; bytes: Buffer };

/** The members of a bundle, to be changed and packed again. */
async function members(path: string): Promise<Member[]> {
  const tar = gunzipSync(await readFile(path));
  const found: Member[] = [];
  for (let at = 0; tar[at] !== 0;) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    found.push({ header: { name }, bytes: tar.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

async function repack(list: readonly Member[]): Promise<string> {
  const tar = tarPack();
  for (const { header, bytes } of list) {
    if (header.type === undefined || header.type === 'file') tar.entry(header, bytes);
    else tar.entry(header);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const path = join(await scratchFolder(), 'evil.tar.gz');
  await writeFile(path, gzipSync(Buffer.concat(chunks)));
  return path;
}

/** Unpacks what must be refused: the message, and proof that nothing stayed in the temporary folder. */
async function refusalOf(path: string, limits = UNPACK_LIMITS): Promise<string> {
  const temporary = await scratchFolder();
  vi.stubEnv('TMPDIR', temporary);
  const error: unknown = await unpackBundle(path, limits).then(
    async (bundle) => {
      await bundle[Symbol.asyncDispose]();
      return 'accepted';
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(await readdir(temporary)).toEqual([]);
  vi.unstubAllEnvs();
  return (error as UserError).why;
}

async function changed(change: (list: Member[]) => Member[]): Promise<string> {
  return await refusalOf(await repack(change(await members(await goodBundle()))));
}

function edit(name: string, change: (text: string) => string): (list: Member[]) => Member[] {
  return (list) =>
    list.map((member) =>
      member.header.name === name
        ? { ...member, bytes: Buffer.from(change(member.bytes.toString())) }
        : member,
    );
}

const special =
  (header: Member['header']) =>
  (list: Member[]): Member[] => [{ header, bytes: Buffer.alloc(0) }, ...list];

test('gives back what was packed, and its folder goes with it', async () => {
  const path = await goodBundle();
  const bundle = await unpackBundle(path);
  expect(bundle.facts).toEqual(FACTS);
  expect(JSON.parse(bundle.reportText)).toEqual(REPORT);
  expect(bundle.summary).toBe('# healthy\n');
  expect(bundle.captures.map((capture) => capture.origin)).toEqual([ORIGIN, ORIGIN]);
  expect(await readFile(bundle.captures[0]?.path ?? '')).toEqual(Buffer.alloc(5000, 7));
  const folder = dirname(dirname(bundle.captures[0]?.path ?? ''));
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await bundle[Symbol.asyncDispose]();
  expect(existsSync(folder)).toBe(false);
});

test('a bundle without a cluster has no facts', async () => {
  const folder = await scratchFolder();
  await packBundle(join(folder, 'a.tar.gz'), { ...(await sampleContents(folder)), facts: null });
  await using bundle = await unpackBundle(join(folder, 'a.tar.gz'));
  expect(bundle.facts).toBeNull();
});

test('a bundle packed again by another tar is still good', async () => {
  await using bundle = await unpackBundle(await repack((await members(await goodBundle())).toReversed()));
  expect(bundle.captures).toHaveLength(2);
});

test.each([
  [
    'a symbolic link',
    special({ name: 'facts.json', type: 'symlink', linkname: '/etc/passwd' }),
    'facts.json: it is a symbolic link',
  ],
  [
    'a hard link',
    special({ name: 'captures/x.pcap', type: 'link', linkname: 'facts.json' }),
    'captures/x.pcap: it is a hard link',
  ],
  [
    'a device',
    special({ name: 'captures/x.pcap', type: 'character-device', devmajor: 1, devminor: 3 }),
    'captures/x.pcap: it is a device',
  ],
  ['a FIFO', special({ name: 'report.json', type: 'fifo' }), 'report.json: it is a FIFO'],
  ['a folder', special({ name: 'captures', type: 'directory' }), 'captures: it is a folder'],
  ['a name that leaves the folder', special({ name: '../evil' }), '../evil: its name leaves the folder'],
  [
    '.. further down',
    special({ name: 'captures/../../evil.pcap' }),
    'captures/../../evil.pcap: its name leaves the folder',
  ],
  [
    '.. with backslashes',
    special({ name: 'captures\\..\\evil.pcap' }),
    'captures\\..\\evil.pcap: its name leaves the folder',
  ],
  ['an absolute name', special({ name: '/etc/cron.d/x' }), '/etc/cron.d/x: its name is absolute'],
  ['a drive letter', special({ name: 'C:evil.pcap' }), 'C:evil.pcap: its name is absolute'],
  ['an unexpected name', special({ name: 'run.sh' }), 'run.sh: no file of this name'],
  ['a name with a terminal escape', special({ name: '\u001b[2Jx' }), '\\u{1b}[2Jx: no file of this name'],
  [
    'a name twice',
    (list: Member[]) => [...list, ...list.slice(2, 3)],
    'facts.json: the archive has this name twice',
  ],
  [
    'no manifest',
    (list: Member[]) => list.filter(({ header }) => header.name !== 'manifest.json'),
    'manifest.json: the archive does not have this file',
  ],
  [
    'no report',
    (list: Member[]) => list.filter(({ header }) => header.name !== 'report.json'),
    'report.json: the manifest lists it',
  ],
  [
    'a file that the manifest does not list',
    (list: Member[]) => [...list, { header: { name: 'captures/x.pcap' }, bytes: Buffer.from('x') }],
    'captures/x.pcap: the manifest does not list it',
  ],
  [
    'one changed byte',
    edit('summary.md', (text) => text.replace('healthy', 'healthz')),
    'summary.md: the file was changed: its SHA-256',
  ],
  ['one byte more', edit('report.json', (text) => `${text} `), 'report.json: the file was changed: '],
  [
    'a changed capture',
    edit('captures/001-pod-shop-client-1-eth0.pcap', () => 'c'),
    'captures/001-pod-shop-client-1-eth0.pcap: the file was changed',
  ],
  [
    'an unknown bundle version',
    edit('manifest.json', (text) => text.replace('"bundleVersion": 1', '"bundleVersion": 2')),
    'manifest.json: it names version 2 of the bundle format',
  ],
  [
    'an unknown report version',
    edit('manifest.json', (text) =>
      text.replace('"reportSchemaVersion": "1.0"', '"reportSchemaVersion": "9.0"'),
    ),
    'manifest.json: it names version "9.0" of the report format',
  ],
  ['a manifest that is null', edit('manifest.json', () => 'null'), 'manifest.json: it names no version'],
  ['a manifest that is no JSON', edit('manifest.json', () => '{'), 'manifest.json: '],
  [
    'a capture named twice',
    edit('manifest.json', (text) =>
      text.replace('"file": "captures/001-pod-shop-client-1', '"file": "captures/000-pod-shop-client-0'),
    ),
    'captures/000-pod-shop-client-0-eth0.pcap: the manifest names this capture twice',
  ],
  [
    'a capture outside its folder',
    edit('manifest.json', (text) => text.replace('"file": "captures/000', '"file": "captures/../000')),
    'manifest.json: captures[0].file is not a name like',
  ],
])('refuses %s by name', async (_what, change, reason) => {
  expect(await changed(change)).toContain(reason);
});

test('refuses facts of another form, although their sum is right', async () => {
  const folder = await scratchFolder();
  const contents = await sampleContents(folder);
  const facts = {
    ...FACTS,
    nodes: [{ name: 'node1', labels: {}, addresses: 'all' }],
  } as unknown as typeof FACTS;
  await packBundle(join(folder, 'a.tar.gz'), { ...contents, facts });
  expect(await refusalOf(join(folder, 'a.tar.gz'))).toBe(
    'facts.json: nodes[0].addresses is not a list of at most 100000 items',
  );
});

test('refuses a file of 10 GB of zeros by its header, without reading it', async () => {
  const header = Buffer.alloc(512);
  const put = (text: string, at: number): number => header.write(text, at, 'latin1');
  put('captures/000-x.pcap', 0);
  put('0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  // GNU's form for sizes beyond 8 GiB: a set top bit, then the number in binary.
  header[124] = 0x80;
  header.writeBigUInt64BE(BigInt(10 * 1024 ** 3), 128);
  put('00000000000\0', 136);
  put('        0', 148);
  put('ustar\u000000', 257);
  put(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  const path = join(await scratchFolder(), 'zeros.tar.gz');
  // The rest is missing: a reader that went on would say "damaged" instead.
  await writeFile(path, gzipSync(Buffer.concat([header, Buffer.alloc(1024 ** 2)])));
  expect(await refusalOf(path)).toBe(
    `captures/000-x.pcap: it has ${10 * 1024 ** 3} bytes, and ${2 * 1024 ** 3} are the most`,
  );
});

test('refuses zeros without end behind the last file', async () => {
  const good = gunzipSync(await readFile(await goodBundle()));
  const path = join(await scratchFolder(), 'zeros.tar.gz');
  await writeFile(path, gzipSync(Buffer.concat([good, Buffer.alloc(40 * 1024 ** 2)])));
  expect(await refusalOf(path)).toContain('it unpacks to more than its entries hold');
});

test.each([
  ['documents', { documentBytes: 100 }, 'facts.json: it has '],
  [
    'captures',
    { captureBytes: 4999 },
    'captures/000-pod-shop-client-0-eth0.pcap: it has 5000 bytes, and 4999 are the most',
  ],
  ['all files together', { totalBytes: 5001 }, 'facts.json: with it the bundle has more than 5001 bytes'],
  ['the number of files', { files: 3 }, 'manifest.json: the archive has more than 3 files'],
])('bounds %s', async (_what, limits, reason) => {
  expect(await refusalOf(await goodBundle(), { ...UNPACK_LIMITS, ...limits })).toContain(reason);
});

test('every truncation and every flipped byte is refused, none crashes', async () => {
  const path = await goodBundle();
  const good = await readFile(path);
  const target = join(await scratchFolder(), 'bad.tar.gz');
  for (let at = 20; at < good.length; at += 37) {
    await writeFile(target, good.subarray(0, at));
    await refusalOf(target);
    const flipped = Buffer.from(good);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    await writeFile(target, flipped);
    await refusalOf(target);
  }
});

test('what cannot be opened at all keeps the words of the file system', async () => {
  await expect(unpackBundle(join(await scratchFolder(), 'none.tar.gz'))).rejects.toThrow('ENOENT');
});

test('tells a bundle from a compressed capture', async () => {
  const folder = await scratchFolder();
  const capture = join(folder, 'a.pcap.gz');
  await writeFile(capture, gzipSync(Buffer.alloc(100_000, 7)));
  const short = join(folder, 'short.gz');
  await writeFile(short, gzipSync('x'));
  const broken = join(folder, 'broken.gz');
  await writeFile(broken, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff]));
  const plain = join(folder, 'plain.pcap');
  await writeFile(plain, 'ustar');
  expect(await Promise.all([capture, short, broken, plain, folder].map(isBundle))).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
  expect(await isBundle(await goodBundle())).toBe(true);
});
