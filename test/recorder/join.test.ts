import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { joinRing, overwrittenBefore, type Span } from '../../src/recorder/join.ts';
import type { PulledFile } from '../../src/recorder/pull.ts';
import { fileHeader } from '../capture/fake-container.ts';
import { placed, recordAt } from './orders.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-join-'));
afterAll(() => rmSync(folder, { recursive: true }));

function pulledFile(name: string, ...parts: readonly Buffer[]): PulledFile {
  const path = join(folder, name);
  const bytes = Buffer.concat(parts);
  writeFileSync(path, bytes);
  return { path, file: { name, sizeBytes: bytes.length, firstSeconds: 0 } };
}

async function joined(files: readonly PulledFile[], span: Span | null = null) {
  const chunks: Buffer[] = [];
  const result = await joinRing({ files, overwritten: [] }, span, async (chunk) => void chunks.push(chunk));
  return { result, bytes: Buffer.concat(chunks) };
}

test('the files become one capture: one header, all records, a cut last one left out', async () => {
  const files = [
    pulledFile('r01', fileHeader(), recordAt(10), recordAt(11)),
    pulledFile('r00', fileHeader(), recordAt(12.25), recordAt(13).subarray(0, 30)),
  ];
  const { result, bytes } = await joined(files);
  expect(result).toEqual({ ringPackets: 3, packets: 3, firstSeconds: 10, lastSeconds: 12.25, problems: [] });
  expect(bytes.equals(Buffer.concat([fileHeader(), recordAt(10), recordAt(11), recordAt(12.25)]))).toBe(true);
});

test('with a span only its packets are kept, and the ring is still told whole', async () => {
  const file = pulledFile('r00', fileHeader(), ...[1, 2, 3, 4, 5].map((second) => recordAt(second)));
  const { result, bytes } = await joined([file], { fromSeconds: 2, toSeconds: 4 });
  expect(result).toMatchObject({ ringPackets: 5, packets: 3, firstSeconds: 1, lastSeconds: 5 });
  expect(bytes.length).toBe(24 + 3 * 76);
});

test('damage is told and ends its own file only', async () => {
  const wrong = recordAt(2);
  wrong.writeUInt32LE(0x7fff_ffff, 8);
  const files = [
    pulledFile('r00', fileHeader(), recordAt(1), wrong, recordAt(2)),
    pulledFile('r01', Buffer.from('no capture at all, but long enough')),
    pulledFile('r02', fileHeader(113), recordAt(3)),
    pulledFile('r03', fileHeader(), recordAt(4)),
  ];
  const { result } = await joined(files);
  expect(result.packets).toBe(2);
  expect(result.problems).toEqual([
    'File r00 of the ring is damaged at byte 100: the rest of it is left out.',
    'File r01 of the ring is no capture like the others: it is left out.',
    'File r02 of the ring is no capture like the others: it is left out.',
  ]);
});

test('files that were overwritten on their way home are told with their times', async () => {
  const overwritten = [{ name: 'r00', sizeBytes: 5, firstSeconds: 1_700_000_000 }];
  const result = await joinRing({ files: [], overwritten }, null, async () => undefined);
  expect(result.problems[0]).toContain('packets from 2023-11-14T22:13:20Z on are missing');
});

test('what the ring overwrote before is the difference of the counters', async () => {
  const { result } = await joined([pulledFile('r00', fileHeader(), recordAt(1_795_255_200), recordAt(2))]);
  const counted = (captured: number | null): string =>
    overwrittenBefore(
      placed({
        counters: { captured, receivedByFilter: null, droppedByKernel: null, droppedByInterface: null },
      }),
      result,
    );
  expect(counted(102)).toBe(
    'The ring was full: 100 earlier packets, from 2026-11-21T10:00:00Z to 2026-11-21T10:00:00Z, were overwritten.',
  );
  expect(counted(2)).toBe('');
  expect(counted(null)).toBe('');
});
