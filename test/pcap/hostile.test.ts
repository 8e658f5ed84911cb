import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ascii, join, u32, u8 } from '../packets/octets.ts';
import { section } from '../packets/pcapng.ts';
import { pcap } from '../packets/pcap.ts';
import { readCapture } from './read-capture.ts';
import { CLASSIC, CLASSIC_NANO_BE, PCAPNG } from './sample-captures.ts';

const SAMPLES = { CLASSIC, CLASSIC_NANO_BE, PCAPNG };

describe.each(Object.entries(SAMPLES))('%s', (_, capture) => {
  const whole = readCapture(capture);

  test('gives the same frames in pieces of any sizes', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, (chunkSizes) => {
        expect(readCapture(capture, chunkSizes)).toEqual(whole);
      }),
    );
  });

  test('gives the same frames when it is cut once, anywhere', () => {
    for (let cut = 1; cut < capture.length; cut++)
      expect(readCapture(capture, [cut, capture.length])).toEqual(whole);
  });

  test('every prefix gives the frames that it holds, or damage, and never an exception', () => {
    for (let length = 0; length < capture.length; length++) {
      const { frames, damage } = readCapture(capture.subarray(0, length));
      expect(frames).toEqual(whole.frames.slice(0, frames.length));
      expect(damage.length).toBeLessThanOrEqual(1);
      if (length < 24) expect(damage).toHaveLength(1);
    }
  });

  test('any one changed byte is answered with frames or damage', () => {
    const change = fc.tuple(fc.nat(capture.length - 1), fc.nat(255));
    fc.assert(
      fc.property(change, ([index, value]) => {
        const changed = capture.slice();
        changed[index] = value;
        const { frames } = readCapture(changed);
        expect(frames.length).toBeLessThanOrEqual(whole.frames.length + 1);
      }),
      { numRuns: 500 },
    );
  });
});

test('random bytes behind a good header are frames or damage', () => {
  const headers = [
    pcap([]),
    pcap([], { littleEndian: false }),
    join(section(true).header, section(true).interface()),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...headers),
      fc.uint8Array({ minLength: 1, maxLength: 600 }),
      (header, bytes) => {
        const { frames, damage } = readCapture(join(header, bytes));
        const used = frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
        expect(used).toBeLessThan(bytes.length);
        // Bytes are either used up to the last one, or the place where the reading ended is named.
        if (frames.length === 0) expect(damage.length).toBeGreaterThan(0);
        for (const { offsetBytes } of damage)
          expect(offsetBytes).toBeLessThanOrEqual(header.length + bytes.length);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  { what: 'nothing', bytes: u8(), text: 'the capture is empty' },
  { what: 'three bytes', bytes: u8(0xd4, 0xc3, 0xb2), text: 'ends after 3 bytes, within its file header' },
  {
    what: 'half a header',
    bytes: CLASSIC.subarray(0, 20),
    text: 'ends after 20 bytes, within its file header',
  },
  {
    what: 'text',
    bytes: ascii('To whom it may concern'),
    text: 'neither pcap nor pcapng (it begins with 0x546f2077)',
  },
  { what: 'snoop', bytes: join(ascii('snoop'), u8(0, 0, 0)), text: 'snoop' },
  { what: 'gzip', bytes: u32(0x1f8b0808, 0), text: 'gzip inside' },
  { what: 'zstd', bytes: u32(0x28b52ffd, 0), text: 'zstd inside' },
  { what: 'NetMon', bytes: join(ascii('GMBU'), u32(0)), text: 'editcap -F pcap IN OUT' },
  { what: 'Sniffer', bytes: ascii('TRSNIFF data    '), text: 'Sniffer' },
  { what: 'a zip archive', bytes: join(ascii('PK'), u8(3, 4, 20, 0)), text: 'unzip FILE' },
  { what: 'xz', bytes: u8(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4), text: 'xz -d FILE' },
  {
    what: 'what tcpdump prints',
    bytes: ascii('12:00:00.123456 IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 1, length 0'),
    text: 'tcpdump -w FILE',
  },
  {
    what: 'a Windows event trace',
    bytes: join(u8(0, 0, 1, 0), new Uint8Array(0x44).fill(7), u8(2, 0, 2, 0xc0), new Uint8Array(60)),
    text: 'pktmon etl2pcap IN.etl --out OUT.pcapng',
  },
])('$what is no capture, and that is said', ({ bytes, text }) => {
  const { frames, damage } = readCapture(bytes);
  expect(frames).toEqual([]);
  expect(damage).toEqual([{ offsetBytes: 0, text: expect.stringContaining(text) }]);
});

test('the longest record that is accepted fits, wherever it begins', () => {
  const longest = 2 * 262_144;
  const capture = pcap(
    Array.from({ length: 5 }, (_, i) => ({ time: i, bytes: new Uint8Array(longest - i).fill(i) })),
    { snapLength: 262_144 },
  );
  const { frames, damage } = readCapture(capture, [65_536]);
  expect(damage).toEqual([]);
  expect(frames.map(({ bytes }) => bytes.length)).toEqual([0, 1, 2, 3, 4].map((i) => longest - i));
});
