import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { feedFile } from '../../src/commands/capture-file.ts';
import type { CaptureTaker } from '../../src/commands/capture-file.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';
import { join as joined } from '../packets/octets.ts';
import { pcap } from '../packets/pcap.ts';
import { CLASSIC, CLASSIC_NANO_BE, FRAMES, PCAPNG } from '../pcap/sample-captures.ts';
import { world } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-bombs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A few kilobytes that stand for 64 MiB: one record, then zeros, each 16 of which are an empty record. */
const UNPACKED_BYTES = 64 * 1024 * 1024;

describe.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)('%s', (name, pack) => {
  const bomb = join(folder, `bomb.${name}`);
  beforeAll(() => {
    const packed = pack(joined(pcap(FRAMES.slice(0, 1)), new Uint8Array(UNPACKED_BYTES)));
    writeFileSync(bomb, packed);
  });

  test('a bomb is unpacked in small pieces, each of which is used up before the next', async () => {
    let [longest, total, open] = [0, 0, 0];
    const counting = {
      write: (chunk: Uint8Array): void => {
        open++;
        longest = Math.max(longest, chunk.length);
        total += chunk.length;
        expect(open).toBe(1);
        open--;
      },
    } as CaptureTaker;
    const { problems } = await feedFile(bomb, counting, world());
    expect(problems).toEqual([]);
    expect(total).toBeGreaterThan(UNPACKED_BYTES);
    expect(statSync(bomb).size).toBeLessThan(UNPACKED_BYTES / 500);
    expect(longest).toBeLessThanOrEqual(1024 * 1024);
  });

  test('captures that were packed each by itself and joined are read to the end', async () => {
    const file = join(folder, `joined.${name}`);
    const parts = [CLASSIC, PCAPNG, CLASSIC_NANO_BE];
    writeFileSync(file, joined(...parts.map((part) => pack(part))));
    const hashes: string[] = [];
    const reader = new CaptureReader({
      frame({ view, offset, capturedLength }) {
        const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, capturedLength);
        hashes.push(createHash('sha256').update(bytes).digest('hex'));
      },
    });
    await feedFile(file, reader, world());
    expect(reader.end().damage).toEqual([]);
    expect(hashes).toHaveLength(16);
  });
});
