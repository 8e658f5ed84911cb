import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCaptures } from '../../scripts/fuzz/packets.ts';
import { checkPrefixes, checkSnapLengths, checkTruncations } from '../../scripts/fuzz/truncations.ts';
import { corporaFolder } from '../corpora/expectations.ts';
import { CORPORA_HINT, hasCorpora } from '../corpora/truth.ts';

const MAX_BYTES = 64 * 1024;
const recordings = join(import.meta.dirname, '../../recordings');
const captures = readCaptures([recordings, corporaFolder].filter((folder) => existsSync(folder))).filter(
  ({ bytes }) => bytes.length <= MAX_BYTES,
);

/** A dozen lengths of a capture, others for each. */
function* sample(capture: Uint8Array, index: number): Generator<number> {
  const step = Math.max(1, Math.floor(capture.length / 12));
  for (let length = index % step; length < capture.length; length += step) yield length;
}

describe('captures that were cut (all lengths: node scripts/fuzz/truncate.ts)', () => {
  test('give the frames before the cut, and damage', () => {
    const checked = captures.map(({ bytes }, index) => checkTruncations(bytes, sample(bytes, index)));
    expect(Math.min(...checked)).toBeGreaterThan(10);
  });

  test('are analysed to where they were cut', () => {
    const checked = captures
      .filter((_, index) => index % 3 === 0)
      .map(({ bytes, frames }) => checkPrefixes(bytes, Math.ceil(frames.length / 2)));
    expect(Math.min(...checked)).toBeGreaterThan(0);
  });

  test('and frames that were cut are not read behind the cut', () => {
    const checked = captures.flatMap(({ frames }) =>
      frames.filter((_, index) => index % 50 === 0).map((frame) => checkSnapLengths(frame, 7)),
    );
    expect(checked.length).toBeGreaterThan(0);
  });

  test.runIf(hasCorpora)(`public captures are among them ${CORPORA_HINT}`, () => {
    expect(captures.length).toBeGreaterThan(80);
  });
});
