import { Readable } from 'node:stream';
import { parse } from 'pcap-parser';
import { describe, expect, test } from 'vitest';
import { captureBytes, capturePaths, CORPORA_HINT, hasCorpora } from '../corpora/truth.ts';
import { pcap } from '../packets/pcap.ts';
import { readCapture } from '../pcap/read-capture.ts';
import { FRAMES } from '../pcap/sample-captures.ts';

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
