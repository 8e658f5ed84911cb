import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.ts';
import { mergeCaptures } from '../../src/merge/merge-captures.ts';
import { mergedPlaces } from '../../src/merge/merged-header.ts';
import { describePlace, type MergedPlace, readPlace } from '../../src/merge/merged-interface.ts';
import type { Frame } from '../../src/pcap/frame.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';
import type { Report } from '../../src/report/report.ts';
import { world } from '../commands/world.ts';
import { EPOCH } from '../conversations/observe.ts';
import { bothEnds, connection, unansweredSyns } from '../matching/network.ts';
import { ethernet } from '../packets/link.ts';
import { at, pcap } from '../packets/pcap.ts';
import { section } from '../packets/pcapng.ts';
import { validReport } from '../report/valid-report.ts';

const AHEAD_SECONDS = 5;
const sent = [
  ...[0, 2, 4, 6].flatMap((time) => connection(time, 1000 + time * 1e6)),
  ...unansweredSyns(1, 77e6, 3),
];
const ends = bothEnds(sent);
const file = (frames: readonly { time: number; bytes: Uint8Array }[], ahead: number): Uint8Array =>
  pcap(
    frames.map(({ time, bytes }) => at(EPOCH + time + ahead, ethernet(bytes))),
    { nanoseconds: true },
  );
const clientFile = file(ends.client, 0);
const serverFile = file(ends.server, AHEAD_SECONDS);

function place(part: Partial<MergedPlace>): MergedPlace {
  return {
    capture: 0,
    name: 'pod/shop/client eth0',
    node: 'worker-1',
    addresses: ['10.244.1.5', 'fd00::5'],
    container: 'netdebug-4f1c2a',
    dropped: 0,
    isUnfiltered: true,
    isWhole: true,
    ended: 'duration',
    clockAheadNs: 0,
    isClockProven: true,
    ...part,
  };
}

const places = [
  place({}),
  place({ capture: 1, name: 'pod/shop/payments eth0', clockAheadNs: AHEAD_SECONDS * 1e9, dropped: null }),
];

async function merge(): Promise<{ bytes: Buffer; packets: number; leftOut: number }> {
  const blocks: Buffer[] = [];
  const merged = await mergeCaptures(
    [clientFile, serverFile].map((bytes, index) => ({
      place: places[index] as MergedPlace,
      read: () => [bytes],
    })),
    (block) => blocks.push(block),
  );
  return { bytes: Buffer.concat(blocks), ...merged };
}

/** Time, interface and bytes of each frame. */
function framesOf(capture: Uint8Array): { timeNs: number; interfaceId: number; bytes: string }[] {
  const frames: { timeNs: number; interfaceId: number; bytes: string }[] = [];
  const reader: CaptureReader = new CaptureReader({
    frame: ({ view, offset, capturedLength, timeNs, interfaceId }: Frame) => {
      const bytes = Buffer.from(view.buffer, view.byteOffset + offset, capturedLength).toString('hex');
      frames.push({ timeNs: timeNs + (reader.clock.originSeconds - EPOCH) * 1e9, interfaceId, bytes });
    },
  });
  reader.write(capture);
  expect(reader.end().damage).toEqual([]);
  return frames;
}

test('all packets are there once, in the order of the corrected time, each on its place’s interface', async () => {
  const { bytes, packets, leftOut } = await merge();
  const frames = framesOf(bytes);
  expect([packets, leftOut]).toEqual([ends.client.length + ends.server.length, 0]);
  expect(frames.map(({ timeNs }) => timeNs)).toEqual(
    frames.map(({ timeNs }) => timeNs).toSorted((a, b) => a - b),
  );
  for (const [interfaceId, original] of [clientFile, serverFile].entries()) {
    const ahead = (places[interfaceId]?.clockAheadNs ?? 0) as number;
    expect(frames.filter((frame) => frame.interfaceId === interfaceId)).toEqual(
      framesOf(original).map((frame) => ({ ...frame, timeNs: frame.timeNs - ahead, interfaceId })),
    );
  }
});

test('what is missing in a capture stands in the merged one as a comment', async () => {
  const gap =
    'The connection was cut after 2026-11-21T10:00:00.000Z (code 1006): packets in between are missing.';
  const blocks: Buffer[] = [];
  const source = { place: places[0] as MergedPlace, problems: [gap], read: () => [clientFile] };
  await mergeCaptures([source], (block) => blocks.push(block));
  const reader: CaptureReader = new CaptureReader({ frame: () => undefined });
  reader.write(Buffer.concat(blocks));
  expect(reader.end().comments).toEqual([{ frame: 0, text: gap }]);
});

test('what is known of each place is read again', async () => {
  expect(mergedPlaces((await merge()).bytes)).toEqual(places);
});

test.each<[string, Partial<MergedPlace>]>([
  ['nothing known', { node: '', addresses: [], container: '', dropped: null, isUnfiltered: false }],
  ['gaps', { isWhole: false, ended: 'cut', clockAheadNs: -1500.0, isClockProven: false }],
])('a description says the same again: %s', (_, part) => {
  const known = place(part);
  expect(readPlace(known.name, describePlace(known))).toEqual(known);
});

test('other captures are not taken for merged ones', () => {
  const foreign = section(true);
  expect(mergedPlaces(clientFile)).toBeUndefined();
  expect(mergedPlaces(Buffer.concat([foreign.header, foreign.interface()]))).toBeUndefined();
});

test('no bytes make reading a header fail, and what is cut off is not invented', async () => {
  const { bytes } = await merge();
  const start = bytes.subarray(0, 800);
  const cut = Array.from({ length: start.length }, (_, length) => mergedPlaces(start.subarray(0, length)));
  expect(cut.map((found) => found?.length ?? 0)).toEqual(
    cut.map((found) => found?.length ?? 0).toSorted((a, b) => a - b),
  );
  fc.assert(
    fc.property(fc.nat(start.length - 1), fc.integer({ min: 0, max: 255 }), (where, value) => {
      const broken = Uint8Array.from(start);
      broken[where] = value;
      mergedPlaces(broken);
    }),
    { numRuns: 2000 },
  );
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netdebug-merge-'));
  writeFileSync(join(folder, 'client.pcap'), clientFile);
  writeFileSync(join(folder, 'server.pcap'), serverFile);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function analyse(...words: string[]): Promise<{ report: Report; err: string }> {
  const io = world({ cwd: folder });
  await main(['analyze', ...words, '-o', 'json'], io);
  return { report: validReport(io.out()), err: io.err() };
}

test('a merged file gives the verdict of the captures that were merged', async () => {
  const apart = await analyse('client.pcap', 'server.pcap', '-w', 'merged.pcapng');
  expect(apart.err).toContain('Saved     merged.pcapng   ');
  const together = await analyse('merged.pcapng');
  const kept = ({ findings }: Report): readonly object[] =>
    findings.map(({ id, severity, confidence, capture, client, server, count, text }) => {
      return { id, severity, confidence, capture, client, server, count, text };
    });
  expect(kept(apart.report).length).toBeGreaterThan(1);
  expect(kept(together.report)).toEqual(kept(apart.report));
  expect(together.report.verdict).toEqual(apart.report.verdict);
  expect(together.report.captures.map(({ vantagePoint, packets }) => [vantagePoint, packets])).toEqual([
    ['client.pcap', ends.client.length],
    ['server.pcap', ends.server.length],
  ]);
  const [pair] = together.report.pairs;
  expect(pair?.matched).toBe(apart.report.pairs[0]?.matched);
  expect(Math.abs(pair?.clockOffsetMs ?? 1)).toBeLessThanOrEqual(apart.report.pairs[0]?.clockErrorMs ?? 0);
});

test.each([
  ['one capture', ['client.pcap', '-w', 'one.pcapng'], 'several captures to merge'],
  ['a file that exists', ['client.pcap', 'server.pcap', '-w', 'server.pcap'], 'cannot write server.pcap'],
])('nothing is written: %s', async (_, words, error) => {
  const io = world({ cwd: folder });
  expect(await main(['analyze', ...words], io)).toBe(2);
  expect(io.err()).toContain(error);
  expect(existsSync(join(folder, 'one.pcapng'))).toBe(false);
});

const hasTshark = (() => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test.runIf(hasTshark)('tshark reads every packet, its interface and its time (needs tshark)', async () => {
  const { bytes } = await merge();
  const path = join(folder, 'for-tshark.pcapng');
  writeFileSync(path, bytes);
  const fields = ['frame.interface_name', 'frame.time_epoch'].flatMap((field) => ['-e', field]);
  const said = execFileSync('tshark', ['-r', path, '-T', 'fields', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const rows = said
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  const expected = framesOf(bytes).map(({ interfaceId, timeNs }) => [
    places[interfaceId]?.name,
    `${EPOCH + Math.floor(timeNs / 1e9)}.${String(Math.round(timeNs % 1e9)).padStart(9, '0')}`,
  ]);
  expect(rows).toEqual(expected);
});
