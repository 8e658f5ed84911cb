import { describe, expect, test } from 'vitest';
import { ascii, join, u8 } from '../packets/octets.ts';
import { writer } from '../packets/pcap.ts';
import { option, section } from '../packets/pcapng.ts';
import { readCapture } from './read-capture.ts';

describe.each([true, false])('pcapng remarks (little-endian: %s)', (littleEndian) => {
  const ng = section(littleEndian);
  const write = writer(littleEndian);
  const packet = (comment?: string): Uint8Array =>
    ng.packet({ ticks: 0n, bytes: u8(1, 2, 3, 4, 5), ...(comment === undefined ? {} : { comment }) });

  test('comments are kept with the frame that they are about', () => {
    const ofCapture = ng.block(
      0x0a0d0d0a,
      join(
        write.u32(0x1a2b3c4d),
        write.u16(1, 0),
        write.u32(0xffffffff, 0xffffffff),
        option(write, 1, ascii('taken on node1')),
      ),
    );
    const { comments, damage } = readCapture(
      join(ofCapture, ng.interface(), packet(), packet('why?'), packet()),
    );
    expect(damage).toEqual([]);
    expect(comments).toEqual([
      { frame: 0, text: 'taken on node1' },
      { frame: 2, text: 'why?' },
    ]);
  });

  test('names of addresses are kept', () => {
    const names = ng.names([
      { address: '10.0.0.1', names: ['web', 'web.shop'] },
      { address: 'fd00::1', names: ['six'] },
    ]);
    expect(readCapture(join(ng.header, ng.interface(), names)).givenNames).toEqual([
      { version: 4, words: [0x0a000001, 0, 0, 0], name: 'web' },
      { version: 4, words: [0x0a000001, 0, 0, 0], name: 'web.shop' },
      { version: 6, words: [0xfd000000 | 0, 0, 0, 1], name: 'six' },
    ]);
  });

  test('names and comments are bounded, in number and length', () => {
    const many = Array.from({ length: 6000 }, (_, i) => `h${i}`);
    const capture = join(
      ng.header,
      ng.interface(),
      ...Array.from({ length: 20 }, () => ng.names([{ address: '10.0.0.1', names: many }])),
      ...Array.from({ length: 100 }, () => packet('c'.repeat(3000))),
    );
    const { comments, givenNames, frames } = readCapture(capture);
    expect(frames).toHaveLength(100);
    expect(comments).toHaveLength(64);
    expect(Math.max(...comments.map(({ text }) => text.length))).toBe(1024);
    expect(givenNames.length).toBeLessThanOrEqual(4096);
  });

  test('interfaces of a later section that are described alike are the same ones', () => {
    const part = join(
      ng.header,
      ng.interface({ name: 'eth0' }),
      ng.interface({ name: 'eth1' }),
      packet(),
      ng.packet({ ticks: 0n, bytes: u8(1), interfaceId: 1 }),
    );
    const other = join(ng.header, ng.interface({ name: 'eth2' }), packet());
    const { frames } = readCapture(join(part, part, other));
    expect(frames.map(({ interfaceId }) => interfaceId)).toEqual([0, 1, 0, 1, 2]);
  });

  test('more interfaces than are kept are damage where they are used, not memory', () => {
    const sections = Array.from({ length: 4200 }, (_, i) =>
      join(ng.header, ng.interface({ name: `v${i}` }), packet()),
    );
    const { frames, damage } = readCapture(join(...sections));
    expect(frames).toHaveLength(4096);
    expect(damage[0]?.text).toContain('which is not described');
  });
});
