import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assetsFolder } from '../../src/assets.ts';
import { main } from '../../src/cli.ts';
import type { Report } from '../../src/report/report.ts';
import { EPOCH } from '../conversations/observe.ts';
import { ethernet } from '../packets/link.ts';
import { at, pcap } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import { validReport } from '../report/valid-report.ts';
import { input, world } from './world.ts';

const capture = readFileSync(join(assetsFolder, 'recordings', 'service-selector-mismatch', 'capture.pcap'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netdebug-test-'));
  writeFileSync(join(folder, 'plain.pcap'), capture);
  writeFileSync(join(folder, 'packed.pcap.gz'), gzipSync(capture));
  // Known by its magic, not by its name.
  writeFileSync(join(folder, 'packed'), zstdCompressSync(capture));
  writeFileSync(join(folder, 'cut.gz'), gzipSync(capture).subarray(0, 700));
  writeFileSync(join(folder, 'cut.pcap'), capture.subarray(0, 900));
  writeFileSync(join(folder, 'empty.pcap'), '');
  writeFileSync(join(folder, 'header.pcap'), capture.subarray(0, 24));
  writeFileSync(join(folder, 'text.pcap'), 'this is no capture at all, but a text of some length');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function analyse(
  words: readonly string[],
  stdin?: AsyncIterable<Uint8Array>,
): Promise<{ status: number; report: Report }> {
  const io = world({ cwd: folder, ...(stdin === undefined ? {} : { stdin }) });
  const status = await main(['analyze', ...words, '-o', 'json'], io);
  return { status, report: validReport(io.out()) };
}

describe('analyze reads', () => {
  const pieces = Array.from({ length: Math.ceil(capture.length / 3) }, (_unused, at) =>
    capture.subarray(at * 3, at * 3 + 3),
  );

  test.each<[string, string, (() => AsyncIterable<Uint8Array>)?]>([
    ['gzip', 'packed.pcap.gz'],
    ['Zstandard by its magic', 'packed'],
    ['standard input', '-', () => input(capture)],
    ['standard input in pieces of 3 bytes', '-', () => input(...pieces)],
    [
      'gzip on standard input, in single bytes',
      '-',
      () => input(...[...gzipSync(capture)].map((byte) => Uint8Array.of(byte))),
    ],
  ])('%s as it reads the plain file', async (_name, path, stdin) => {
    const plain = await analyse(['plain.pcap']);
    const other = await analyse([path], stdin?.());
    expect(plain.status).toBe(1);
    expect(other.status).toBe(1);
    expect(other.report.findings).toEqual(plain.report.findings);
    expect(other.report.conversations).toEqual(plain.report.conversations);
  });

  test('several files as several captures', async () => {
    const { report } = await analyse(['plain.pcap', 'packed']);
    expect(report.captures.map(({ vantagePoint }) => vantagePoint)).toEqual(['plain.pcap', 'packed']);
    // The same packets twice: one finding, seen in both.
    expect(report.findings.map(({ capture, details: { alsoIn } }) => ({ capture, alsoIn }))).toEqual([
      { capture: 0, alsoIn: [1] },
    ]);
  });

  test('a named pipe', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const program = join(assetsFolder, 'bin', 'kubectl-netdebug');
    const script = 'cat "$1" > "$2" & "$3" analyze "$2" -o json --fail-on never';
    const report = validReport(
      execFileSync('sh', ['-c', script, 'sh', join(folder, 'plain.pcap'), pipe, program], {
        encoding: 'utf8',
        timeout: 20_000,
      }),
    );
    expect(report.findings[0]?.id).toBe('tcp-rejected-by-icmp');
  });
});

describe('analyze says what is missing', () => {
  test('damaged compression: the packets before it, and the damage', async () => {
    const { report } = await analyse(['cut.gz']);
    expect(report.captures[0]?.ended).toBe('cut');
    expect(report.captures[0]?.problems.join()).toMatch(
      /cut\.gz: the gzip data is damaged or cut after \d+ unpacked bytes/,
    );
  });

  test('a capture that ends in a record', async () => {
    const { report } = await analyse(['cut.pcap']);
    expect(report.captures[0]?.packets).toBeGreaterThan(3);
    expect(report.findings.map(({ id }) => id)).toContain('damaged-capture');
  });

  test.each([
    ['header.pcap', 'no-traffic'],
    ['empty.pcap', 'incomplete'],
    ['text.pcap', 'incomplete'],
  ])('%s is %s, status 2', async (path, outcome) => {
    const { status, report } = await analyse([path]);
    expect({ status, outcome: report.verdict.outcome }).toEqual({ status: 2, outcome });
  });

  test('a damaged file is status 2 only if nothing of it could be read', async () => {
    const healthy = pcap(
      talk({ from: '10.0.0.1:4000', to: '10.0.0.2:80' }, []).map(({ time, bytes }) =>
        at(EPOCH + time, ethernet(bytes)),
      ),
    );
    writeFileSync(join(folder, 'healthy-cut.pcap'), healthy.subarray(0, -9));
    const { status, report } = await analyse(['healthy-cut.pcap']);
    expect(status).toBe(0);
    expect(report.verdict.outcome).toBe('incomplete');
    expect(report.captures[0]?.packets).toBe(2);
    expect(report.findings).toMatchObject([{ id: 'damaged-capture', details: { offsetBytes: 164 } }]);
    expect((await analyse(['healthy-cut.pcap', '--fail-on', 'warning'])).status).toBe(1);
    writeFileSync(join(folder, 'nothing-read.pcap'), healthy.subarray(0, 30));
    expect((await analyse(['nothing-read.pcap'])).status).toBe(2);
  });

  test('--allow-empty makes no traffic a success, but not a damaged file', async () => {
    expect((await analyse(['header.pcap', '--allow-empty'])).status).toBe(0);
    expect((await analyse(['text.pcap', '--allow-empty'])).status).toBe(2);
  });

  test('--fail-on never ends with 0', async () => {
    expect((await analyse(['plain.pcap', '--fail-on', 'never'])).status).toBe(0);
  });

  test.each([
    ['nothing.pcap', 'there is no such file'],
    ['.', 'it is a folder'],
  ])('%s', async (path, why) => {
    const io = world({ cwd: folder });
    expect(await main(['analyze', path], io)).toBe(2);
    expect(io.err()).toContain(`error: cannot read ${path}\n  why: ${why}\n`);
  });
});

describe('analyze selects packets', () => {
  const run = async (...words: string[]): Promise<{ status: number; out: string; err: string }> => {
    const io = world({ cwd: folder });
    const status = await main(['analyze', ...words], io);
    return { status, out: io.out(), err: io.err() };
  };

  test('--frames lists the evidence of a finding, a line for each frame', async () => {
    const { report } = await analyse(['packed.pcap.gz']);
    const finding = report.findings.find(({ id }) => id === 'tcp-rejected-by-icmp');
    const { status, out } = await run('packed.pcap.gz', '--frames', 'tcp-rejected-by-icmp');
    expect(status).toBe(1);
    const numbers = [...out.matchAll(/^ *(\d+) {2}\d\d:\d\d:\d\d\.\d{6} /gm)].map((match) =>
      Number(match[1]),
    );
    expect(numbers).toEqual(finding?.frames);
    expect(out).toMatch(/^FINDING {3}tcp-rejected-by-icmp /);
    expect(out).toMatch(/ICMP +\d+ {2}unreachable, code 3, about /);
  });

  test('--select lists packets, a line for each, with names', async () => {
    const { report } = await analyse(['plain.pcap']);
    const [conversation] = report.conversations;
    const { status, out } = await run('plain.pcap', '--select', 'conversation=1');
    expect(status).toBe(1);
    expect(out).toMatch(/^SELECTED {2}conversation=1: \d+ packets\nFRAME {2}TIME \(UTC\)/);
    expect(out.match(/^ *\d+ {2}\d\d:/gm)?.length).toBeGreaterThanOrEqual(conversation?.packets ?? Infinity);
    expect((await run('plain.pcap', '--select', 'port=1')).out).toBe('SELECTED  port=1: 0 packets\n');
  });

  test('-w keeps the conversations of a finding; it is found in them again', async () => {
    const { err } = await run('plain.pcap', '--select', 'finding=tcp-rejected-by-icmp', '-w', 'kept.pcap');
    expect(err).toMatch(/^Saved {5}kept\.pcap {3}\d+ packets of finding=tcp-rejected-by-icmp$/m);
    const [whole, kept] = [await analyse(['plain.pcap']), await analyse(['kept.pcap'])];
    const found = ({ report }: typeof kept): unknown =>
      report.findings
        .filter(({ id }) => id === 'tcp-rejected-by-icmp')
        .map(({ count, client, server, firstSeen }) => ({ count, client, server, firstSeen }));
    expect(found(kept)).toEqual(found(whole));
    expect(kept.report.captures[0]?.packets).toBeLessThan(whole.report.captures[0]?.packets ?? 0);
    expect(
      await run('plain.pcap', '--select', 'finding=tcp-rejected-by-icmp', '-w', 'kept.pcap'),
    ).toMatchObject({
      status: 2,
      err: expect.stringContaining('there is such a file already'),
    });
  });

  test.each([
    [
      ['plain.pcap', '--frames', 'tcp-loss'],
      /nothing is selected\n {2}why: there is no finding "tcp-loss" in this capture: it has tcp-rejected/,
    ],
    [['plain.pcap', '-w', 'x.pcap'], /--write needs --select/],
    [['plain.pcap', '--frames', '1', '--select', 'port=1'], /--frames and --select cannot both be listed/],
    [['plain.pcap', 'packed', '--frames', 'tcp-loss'], /from one file only/],
    [['-', '--select', 'port=1'], /from one file only/],
    [
      ['plain.pcap', '--select', 'ip=1'],
      /--select cannot be "ip=1"\n {2}why: there is no key "ip"\n {2}fix: /,
    ],
    [['plain.pcap', '--select', 'conversation=99'], /there is no conversation 99/],
    [['plain.pcap', '--select', 'port=1', '-w', 'x.pcap'], /nothing was written to x\.pcap/],
    [
      ['cut.pcap', '--select', 'finding=damaged-capture', '-w', 'x.pcap'],
      /no packets belong to damaged-capture/,
    ],
  ])('%j', async (words, message) => {
    expect(await run(...words)).toMatchObject({ status: 2, err: expect.stringMatching(message) });
    expect(existsSync(join(folder, 'x.pcap'))).toBe(false);
  });
});

describe('explain', () => {
  test('lists all pages, and no id is both a finding and a cause', async () => {
    const io = world();
    expect(await main(['explain'], io)).toBe(0);
    const ids = io
      .out()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ')[0]);
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('prints a page, narrow enough to read', async () => {
    const io = world();
    expect(await main(['explain', 'tcp-syn-no-answer'], io)).toBe(0);
    expect(io.out()).toMatch(/^tcp-syn-no-answer \(finding\): /);
    expect(
      io
        .out()
        .split('\n')
        .filter((line) => line.length > 100 && !line.includes('kubectl')),
    ).toEqual([]);
  });

  test('offers the nearest page', async () => {
    const io = world();
    expect(await main(['explain', 'tcp-refuse'], io)).toBe(2);
    expect(io.err()).toBe(
      'error: there is no page "tcp-refuse"\n  why: did you mean tcp-refused?\n  fix: kubectl netdebug explain tcp-refused\n',
    );
  });
});

describe('completion', () => {
  test.each([
    [['']],
    [['tr']],
    [['trace', '']],
    [['trace', '-']],
    [['analyze', '-o', '']],
    [['analyze', '--output=j']],
    [['analyze', 'x']],
    [['nonsense', '']],
    [[]],
  ])('%j', async (words) => {
    const io = world();
    expect(await main(['__complete', ...words], io)).toBe(0);
    const lines = io.out().split('\n');
    expect(lines.slice(-2)).toEqual([expect.stringMatching(/^:[046]$/), '']);
    expect(lines.slice(0, -2)).toMatchSnapshot();
  });

  test.each([
    [['explain', 'coredns'], /^coredns-down\t/],
    [['demo', 'service-sel'], /^service-selector-mismatch\t/],
  ])('%j offers ids with their titles', async (words, line) => {
    const io = world();
    await main(['__complete', ...words], io);
    expect(io.out()).toMatch(line);
  });
});
