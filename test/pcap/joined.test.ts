import { describe, expect, test } from 'vitest';
import { LinkType } from '../packets/link.ts';
import { join } from '../packets/octets.ts';
import { pcap, writer } from '../packets/pcap.ts';
import { readCapture } from './read-capture.ts';
import { CLASSIC, CLASSIC_NANO_BE, FRAMES, PCAPNG, START } from './sample-captures.ts';

const RAW = pcap(FRAMES, { linkType: LinkType.Raw });
const MODIFIED = pcap(FRAMES, { modified: true });

describe.each([
  { what: 'the same format', parts: [CLASSIC, CLASSIC] },
  { what: 'another byte order and resolution', parts: [CLASSIC, CLASSIC_NANO_BE, CLASSIC] },
  { what: 'another link type', parts: [CLASSIC, RAW] },
  { what: 'the modified format', parts: [MODIFIED, CLASSIC, MODIFIED] },
  { what: 'pcapng behind classic', parts: [CLASSIC, PCAPNG] },
  { what: 'classic behind pcapng', parts: [PCAPNG, CLASSIC_NANO_BE, PCAPNG] },
])('captures that were joined, $what', ({ parts }) => {
  const joined = join(...parts);
  const whole = readCapture(joined);

  test('give the frames of all parts, numbered through', () => {
    const frames = parts.flatMap((part) => readCapture(part).frames);
    expect(whole.damage).toEqual([]);
    expect(whole.frames.map(({ bytes, linkType, time }) => ({ bytes, linkType, time }))).toEqual(
      frames.map(({ bytes, linkType, time }) => ({ bytes, linkType, time })),
    );
    expect(whole.frames.map(({ number }) => number)).toEqual(frames.map((_, index) => index + 1));
  });

  test('give the same when they are cut once, anywhere', () => {
    for (let cut = 1; cut < joined.length; cut += 7)
      expect(readCapture(joined, [cut, joined.length])).toEqual(whole);
  });
});

test('interfaces that are described alike are one, others are apart', () => {
  const { frames } = readCapture(join(CLASSIC, RAW, CLASSIC));
  expect(frames.map(({ interfaceId }) => interfaceId)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
});

test('a packet of which nothing was captured is no file header, whatever its time', () => {
  const empty = writer(true).u32(0xa1b2c3d4, 7, 0, 0);
  const { frames, damage } = readCapture(join(CLASSIC, empty, writer(true).u32(START, 0, 0, 60)));
  expect(damage).toEqual([]);
  expect(frames).toHaveLength(7);
});

test('a header that was cut is damage at its offset', () => {
  const { frames, damage } = readCapture(join(CLASSIC, CLASSIC.subarray(0, 20)));
  expect(frames).toHaveLength(5);
  expect(damage).toEqual([
    {
      offsetBytes: CLASSIC.length,
      text: 'the capture ends after 20 bytes, within its file header',
    },
  ]);
});
