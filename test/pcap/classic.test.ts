import { describe, expect, test } from 'vitest';
import { LinkType } from '../packets/link.ts';
import { join, u32 } from '../packets/octets.ts';
import { at, pcap, writer } from '../packets/pcap.ts';
import { readCapture } from './read-capture.ts';
import { CLASSIC, FRAMES, START } from './sample-captures.ts';

describe('classic pcap', () => {
  test.each([
    { littleEndian: true, nanoseconds: false, modified: false },
    { littleEndian: false, nanoseconds: false, modified: false },
    { littleEndian: true, nanoseconds: true, modified: false },
    { littleEndian: false, nanoseconds: true, modified: false },
    { littleEndian: true, nanoseconds: false, modified: true },
    { littleEndian: false, nanoseconds: false, modified: true },
  ])('gives the frames as they were written: %o', (options) => {
    const { frames, damage, bytesRead } = readCapture(pcap(FRAMES, options));
    expect(damage).toEqual([]);
    expect(frames.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(frames.map(({ bytes }) => bytes)).toEqual(FRAMES.map(({ bytes }) => bytes));
    expect(frames.map(({ originalLength }) => originalLength)).toEqual(
      FRAMES.map(({ originalLength }) => originalLength),
    );
    expect(frames.map(({ time }) => time)).toEqual([
      '2026-11-21T10:00:00.000000Z',
      '2026-11-21T10:00:00.250000Z',
      '2026-11-21T10:00:00.500000Z',
      '2026-11-21T10:00:01.000000Z',
      '2026-11-21T10:00:03.125000Z',
    ]);
    expect(bytesRead).toBe(pcap(FRAMES, options).length);
  });

  test('keeps nanoseconds', () => {
    const file = join(pcap([], { nanoseconds: true }), writer(true).u32(START, 123_456_789, 0, 0));
    expect(readCapture(file).frames[0]).toMatchObject({
      timeNs: 123_456_789,
      time: '2026-11-21T10:00:00.123456Z',
    });
  });

  test('a time before the first frame is a negative distance', () => {
    const { frames } = readCapture(pcap([at(START + 10, u32(1)), at(START + 8.5, u32(2))]));
    expect(frames.map(({ timeNs }) => timeNs)).toEqual([0, -1.5e9]);
    expect(frames[1]?.time).toBe('2026-11-21T10:00:08.500000Z');
  });

  test('a fraction of more than a second is held to that second', () => {
    const file = join(pcap([]), writer(true).u32(START, 4_000_000, 0, 0));
    expect(readCapture(file).frames[0]?.time).toBe('2026-11-21T10:00:00.999999Z');
  });

  test('the length of a frame check sequence is no part of the link type', () => {
    const { frames, damage } = readCapture(pcap(FRAMES, { linkType: 0x44000000 | LinkType.Ethernet }));
    expect(frames[0]?.linkType).toBe(LinkType.Ethernet);
    expect(damage).toEqual([]);
  });

  test('reserved bits of the link type are damage, and the frames are read all the same', () => {
    const { frames, damage } = readCapture(pcap(FRAMES, { linkType: 0x00070000 | LinkType.Ethernet }));
    expect(frames).toHaveLength(5);
    expect(damage).toEqual([
      { offsetBytes: 20, text: expect.stringContaining('reserved bits of the link type') },
    ]);
  });

  test('an unknown version is damage, and the frames are read all the same', () => {
    const { frames, damage } = readCapture(pcap(FRAMES, { version: [1, 4] }));
    expect(frames).toHaveLength(5);
    expect(damage).toEqual([{ offsetBytes: 4, text: expect.stringContaining('version 1.4') }]);
  });

  test.each([3_221_225_472, 262_144 + 2048 + 1])(
    'a record that claims %i bytes ends the reading with its offset',
    (claimed) => {
      const good = pcap(FRAMES.slice(0, 2), { snapLength: 2048 });
      const { frames, damage } = readCapture(
        join(good, writer(true).u32(START, 0, claimed, claimed), new Uint8Array(5000)),
      );
      expect(frames).toHaveLength(2);
      expect(damage).toEqual([
        { offsetBytes: good.length, text: expect.stringContaining(`claims ${claimed} captured bytes`) },
      ]);
    },
  );

  test('a record above the snap length alone is read', () => {
    const long = new Uint8Array(100_000).fill(7);
    const { frames, damage } = readCapture(pcap([at(START, long), at(START, u32(1))], { snapLength: 96 }));
    expect(frames.map(({ bytes }) => bytes.length)).toEqual([100_000, 4]);
    expect(damage).toEqual([]);
  });

  test('more captured than there was is said once', () => {
    const { frames, damage } = readCapture(pcap([at(START, u32(1, 2), 4), at(START, u32(1, 2), 4)]));
    expect(frames).toHaveLength(2);
    expect(damage).toEqual([{ offsetBytes: 24, text: 'frame 1 holds 8 bytes of a packet of 4' }]);
  });

  test('a file that ends within a record says where', () => {
    const { frames, damage } = readCapture(CLASSIC.subarray(0, CLASSIC.length - 1));
    expect(frames).toHaveLength(4);
    expect(damage).toEqual([
      {
        offsetBytes: CLASSIC.length - 16,
        text: 'the capture ends in the middle of a record (15 bytes of it are there)',
      },
    ]);
  });
});
