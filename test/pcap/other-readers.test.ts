import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { parse } from 'pcap-parser';
import { afterAll, describe, expect, test } from 'vitest';
import { captureBytes, capturePaths, CORPORA_HINT, hasCorpora, truthOf } from '../corpora/truth.ts';
import { pcap } from '../packets/pcap.ts';
import { readCapture } from './read-capture.ts';
import { CLASSIC, CLASSIC_NANO_BE, FRAMES, PCAPNG } from './sample-captures.ts';

/** A frame as two independent readers can both describe it. */
interface PlainFrame {
  readonly micros: number;
  readonly originalLength: number;
  readonly bytes: string;
}

const MICROSECOND_MAGICS = ['d4c3b2a1', 'a1b2c3d4'];
const magicOf = (capture: Uint8Array): string => Buffer.from(capture.subarray(0, 4)).toString('hex');

/** The frames that pcap-parser finds; it knows classic captures with microseconds. */
async function parsed(capture: Uint8Array): Promise<PlainFrame[]> {
  const frames: PlainFrame[] = [];
  const parser = parse(Readable.from([Buffer.from(capture)]));
  const ended = Promise.withResolvers<void>();
  parser.on('packet', ({ header, data }) => {
    frames.push({
      micros: header.timestampSeconds * 1e6 + header.timestampMicroseconds,
      originalLength: header.originalLength,
      bytes: data.toString('hex'),
    });
  });
  parser.on('end', ended.resolve);
  parser.on('error', ended.reject);
  await ended.promise;
  return frames;
}

function ours(capture: Uint8Array): PlainFrame[] {
  return readCapture(capture).frames.map(({ time, originalLength, bytes }) => ({
    micros: Date.parse(`${time.slice(0, 19)}Z`) * 1e3 + Number(time.slice(20, 26)),
    originalLength,
    bytes: Buffer.from(bytes).toString('hex'),
  }));
}

describe('pcap-parser sees the same frames', () => {
  test.each([true, false])('in captures that were made here (little-endian: %s)', async (littleEndian) => {
    const capture = pcap(FRAMES.slice(0, 4), { littleEndian });
    expect(await parsed(capture)).toEqual(ours(capture));
  });

  /** Times beyond the second are carried over by it and held to the second by us; a bad length ends it silently. */
  const DIFFERENT = ['captures/corrupt/bad_version.pcap', 'captures/corrupt/bad_caplen.pcap'];
  const paths = capturePaths().filter(
    (path) => !DIFFERENT.includes(path) && MICROSECOND_MAGICS.includes(magicOf(captureBytes(path))),
  );
  test.runIf(hasCorpora).each(paths)('in %s', async (path) => {
    const capture = captureBytes(path);
    expect(await parsed(capture)).toEqual(ours(capture));
  });
  test.runIf(hasCorpora)(`there are public captures to compare ${CORPORA_HINT}`, () => {
    expect(paths.length).toBeGreaterThan(0);
  });
});

const execute = promisify(execFile);
const hasTshark = spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status === 0;

describe.runIf(hasTshark)('tshark sees the same frames (skipped where it is not on the PATH)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netdebug-frames-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** "seconds.fraction captured original" of each frame by its number, the fraction in microseconds. */
  const framesOfTshark = async (capture: Uint8Array): Promise<Map<number, string>> => {
    const file = join(folder, randomUUID());
    await writeFile(file, capture);
    const fields = ['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len'].flatMap((field) => [
      '-e',
      field,
    ]);
    const { stdout } = await execute('tshark', ['-n', '-r', file, '-T', 'fields', ...fields], {
      maxBuffer: 1 << 28,
    });
    const rows = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
    return new Map(
      rows.map(([number, time = '', captured, original]) => [
        Number(number),
        `${time.slice(0, -3)} ${captured} ${original}`,
      ]),
    );
  };

  const ourFrames = (capture: Uint8Array): Map<number, string> =>
    new Map(
      readCapture(capture).frames.map(({ number, time, bytes, originalLength }) => {
        const epoch = time === '' ? '' : `${Date.parse(`${time.slice(0, 19)}Z`) / 1e3}.${time.slice(20, 26)}`;
        return [number, `${epoch} ${bytes.length} ${originalLength}`];
      }),
    );

  const bothReadings = async (
    capture: Uint8Array,
  ): Promise<{ our: Map<number, string>; theirs: Map<number, string> }> => {
    const [theirs, our] = [await framesOfTshark(capture), ourFrames(capture)];
    for (const [number, line] of theirs) {
      // A time behind the end of the calendar is none for us; a block that is no packet is no frame.
      if (/^\d{13,}/.test(line)) theirs.set(number, line.replace(/^\S+/, ''));
      else if (line.startsWith(' ') && !our.has(number)) theirs.delete(number);
    }
    return { our, theirs };
  };

  test.each(Object.entries({ CLASSIC, CLASSIC_NANO_BE, PCAPNG }))(
    'in %s, which was made here',
    async (_, capture) => {
      const { our, theirs } = await bothReadings(capture);
      expect(our).toEqual(theirs);
    },
  );

  /** Fractions of more than a second, which we hold to that second and tshark prints as they are. */
  const IMPOSSIBLE_TIMES = 'captures/corrupt/ts_invalid_nano.pcap';
  const readable = capturePaths().filter(
    (path) => path !== IMPOSSIBLE_TIMES && truthOf(path)?.tshark_errors.length === 0,
  );
  test.runIf(hasCorpora).concurrent.each(readable)('in %s', async (path) => {
    const { our, theirs } = await bothReadings(captureBytes(path));
    expect(our).toEqual(theirs);
  });
  test.runIf(hasCorpora)(`there are public captures to compare ${CORPORA_HINT}`, () => {
    expect(readable.length).toBeGreaterThan(0);
  });
});
