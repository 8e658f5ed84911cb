import { describe, expect, test } from 'vitest';
import { LinkType } from '../packets/link.ts';
import { join, u32, u8 } from '../packets/octets.ts';
import { section } from '../packets/pcapng.ts';
import { readCapture } from './read-capture.ts';
import { FRAMES, PCAPNG, START } from './sample-captures.ts';

const bytes = u32(0xdeadbeef, 1);
const { header, ...le } = section(true);

describe('pcapng', () => {
  test('reads sections of both byte orders, several interfaces, and skips what it does not know', () => {
    const { frames, damage, interfaceDrops } = readCapture(PCAPNG);
    expect(damage).toEqual([]);
    expect(interfaceDrops).toBe(3);
    expect(
      frames.map(({ number, linkType, interfaceId, snapLength }) => [
        number,
        linkType,
        interfaceId,
        snapLength,
      ]),
    ).toEqual([
      [1, LinkType.Ethernet, 0, 2048],
      [2, LinkType.LinuxSll, 1, 0],
      [3, LinkType.Ethernet, 0, 0],
      [4, LinkType.Ethernet, 0, 0],
      [5, LinkType.Ethernet, 0, 0],
      [6, LinkType.Ethernet, 0, 0],
    ]);
    expect(frames.map(({ time }) => time.slice(17))).toEqual([
      '00.000000Z',
      '00.000000Z',
      '00.250000Z',
      '00.500000Z',
      '01.000000Z',
      '',
    ]);
    expect(frames[1]?.timeNs).toBe(123);
    expect(frames[3]?.bytes).toEqual(FRAMES[2]?.bytes);
    expect(frames[4]?.originalLength).toBe(60);
  });

  test.each([
    { resolution: 3, ticks: 1_500n, timeNs: 500e6 },
    { resolution: 6, ticks: 1_000_057n, timeNs: 57e3 },
    { resolution: 9, ticks: 1_000_000_001n, timeNs: 1 },
    { resolution: 8, ticks: 100_000_003n, timeNs: 30 },
    { resolution: 0x80 | 10, ticks: 1_536n, timeNs: 500e6 },
    { resolution: 0x80 | 20, ticks: (1n << 20n) + 1n, timeNs: 953 },
    { resolution: 0x80 | 32, ticks: (1n << 32n) + (1n << 31n), timeNs: 500e6 },
    { resolution: 0, ticks: 1n, timeNs: 0 },
  ])(
    'a resolution of $resolution counts $ticks units as $timeNs ns beyond the second',
    ({ resolution, ticks, timeNs }) => {
      const file = join(header, le.interface({ resolution }), le.packet({ ticks, bytes }));
      const [frame] = readCapture(file).frames;
      expect(frame?.timeNs).toBe(timeNs);
      expect(frame?.time.slice(0, 19)).toBe('1970-01-01T00:00:01');
    },
  );

  test.each([6, 9])('every microsecond of a second comes out as it went in (resolution %i)', (resolution) => {
    const unit = 10n ** BigInt(resolution - 6);
    const micros = Array.from({ length: 1000 }, (_, i) => i * 997 + 3);
    const packets = micros.map((value) =>
      le.packet({ ticks: (BigInt(START) * 1_000_000n + BigInt(value)) * unit, bytes: u8() }),
    );
    const { frames } = readCapture(join(header, le.interface({ resolution }), ...packets));
    expect(frames.map(({ timeNs }) => timeNs)).toEqual(micros.map((value) => value * 1000));
  });

  test('an interface that counts from another time is put right', () => {
    const file = join(
      header,
      le.interface({ offsetSeconds: BigInt(START) }),
      le.packet({ ticks: 250_000n, bytes }),
    );
    expect(readCapture(file).frames[0]?.time).toBe('2026-11-21T10:00:00.250000Z');
    const before = join(
      header,
      le.interface({ offsetSeconds: -5n }),
      le.packet({ ticks: 65_000_000n, bytes }),
    );
    expect(readCapture(before).frames[0]?.time).toBe('1970-01-01T00:01:00.000000Z');
  });

  test('a unit finer than any clock gives frames without a time', () => {
    const file = join(header, le.interface({ resolution: 0x80 | 60 }), le.packet({ ticks: 1n, bytes }));
    expect(readCapture(file).frames[0]).toMatchObject({ time: '', originalLength: 8 });
  });

  test('simple packets are cut to the snap length of the interface', () => {
    const file = join(header, le.interface({ snapLength: 4 }), le.simplePacket(bytes.slice(0, 4), 1500));
    expect(readCapture(file).frames[0]).toMatchObject({ bytes: bytes.slice(0, 4), originalLength: 1500 });
  });

  test('obsolete packet blocks are read', () => {
    const file = join(
      header,
      le.interface(),
      le.interface(),
      le.oldPacket({ ticks: 5n, bytes, interfaceId: 1 }),
    );
    expect(readCapture(file).frames[0]).toMatchObject({ bytes, interfaceId: 1, timeNs: 5000 });
  });

  test('drop counters count from the beginning of the capture: the last word of each interface holds', () => {
    const file = join(
      header,
      le.interface(),
      le.interface(),
      le.statistics({ interfaceId: 0, byInterface: 2n, bySystem: 10n }),
      le.statistics({ interfaceId: 1, bySystem: 1n }),
      le.statistics({ interfaceId: 0, byInterface: 3n, bySystem: 20n }),
      header,
      le.interface(),
      le.statistics({ interfaceId: 0, byInterface: 100n }),
    );
    expect(readCapture(file).interfaceDrops).toBe(124);
  });

  test('statistics without drop counters say nothing', () => {
    expect(readCapture(join(header, le.interface(), le.statistics({}))).interfaceDrops).toBeNull();
  });

  test('a block longer than any packet is skipped without being kept', () => {
    const long = le.block(0x0bad, new Uint8Array(3_000_000));
    const { frames, damage } = readCapture(
      join(header, le.interface(), long, le.packet({ ticks: 1n, bytes })),
    );
    expect(frames).toHaveLength(1);
    expect(damage).toEqual([]);
  });

  const interfaceEnd = header.length + le.interface().length;
  const behind = (...blocks: Uint8Array[]): Uint8Array =>
    join(header, le.interface(), le.packet({ ticks: 1n, bytes }), ...blocks);
  test.each([
    {
      what: 'a packet of an interface that is not described',
      file: behind(le.packet({ ticks: 1n, bytes, interfaceId: 7 })),
      text: 'names interface 7',
    },
    {
      what: 'a simple packet without an interface',
      file: join(header, le.simplePacket(bytes)),
      text: 'before any interface description',
    },
    {
      what: 'a block length of 13',
      file: behind(u8(6, 0, 0, 0, 13, 0, 0, 0), new Uint8Array(8)),
      text: 'claims a length of 13',
    },
    {
      what: 'a block length of 0',
      file: behind(u8(6, 0, 0, 0, 0, 0, 0, 0), new Uint8Array(8)),
      text: 'claims a length of 0',
    },
    {
      what: 'a packet block of 2 GiB',
      file: behind(u8(6, 0, 0, 0, 0, 0, 0, 0x80), new Uint8Array(8)),
      text: 'claims 2147483648 bytes',
    },
    {
      what: 'a cut unknown block of 2 GiB',
      file: behind(u8(99, 0, 0, 0, 0, 0, 0, 0x80), new Uint8Array(8)),
      text: 'before the end of a block',
    },
    {
      what: 'two lengths that differ',
      file: behind(u8(6, 0, 0, 0, 12, 0, 0, 0, 16, 0, 0, 0)),
      text: 'two lengths of a block differ',
    },
    {
      what: 'a packet longer than its block',
      file: behind(le.block(6, join(new Uint8Array(12), u8(9, 1, 0, 0), u8(9, 1, 0, 0)))),
      text: 'claims 265 bytes',
    },
    {
      what: 'an enhanced packet without its fields',
      file: behind(le.block(6, new Uint8Array(8))),
      text: 'too short',
    },
    {
      what: 'an interface without its fields',
      file: behind(le.block(1, new Uint8Array(4))),
      text: 'too short',
    },
    {
      what: 'an option that leaves its block',
      file: join(header, le.block(1, u8(1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 200, 0))),
      text: 'option of 200 bytes',
    },
    {
      what: 'a section without byte-order magic',
      file: join(u8(0x0a, 0x0d, 0x0d, 0x0a), new Uint8Array(24)),
      text: 'no byte-order magic',
    },
  ])('$what is damage with its offset', ({ file, text }) => {
    const { damage, frames } = readCapture(file);
    expect(damage).toHaveLength(1);
    expect(damage[0]?.text).toContain(text);
    expect(damage[0]?.offsetBytes).toBeLessThanOrEqual(file.length);
    expect(frames.length).toBe(damage[0]!.offsetBytes >= interfaceEnd ? 1 : 0);
  });

  test('damage that repeats itself is kept a bounded number of times', () => {
    const bad = le.packet({ ticks: 1n, bytes: u8(), interfaceId: 7 });
    const { damage } = readCapture(join(header, ...Array.from({ length: 2000 }, () => bad)));
    expect(damage.length).toBeLessThanOrEqual(64);
  });
});
