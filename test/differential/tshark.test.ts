import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { captureBytes, capturePaths, CORPORA_HINT, hasCorpora, truthOf } from '../corpora/truth.ts';
import { LinkType } from '../packets/link.ts';
import { CLASSIC, CLASSIC_NANO_BE, PCAPNG } from '../pcap/sample-captures.ts';
import { ownRows } from './own-rows.ts';
import type { FrameRow } from './own-rows.ts';

const execute = promisify(execFile);
const hasTshark = spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status === 0;

const FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'frame.cap_len',
  'frame.len',
  'frame.protocols',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
] as const;
/** One packet at a time, tunnels on the ports that are known here. */
const OPTIONS = [
  ...['ip.defragment:FALSE', 'ipv6.defragment:FALSE', 'tcp.desegment_tcp_streams:FALSE'].flatMap((option) => [
    '-o',
    option,
  ]),
  '-d',
  'udp.port==8472,vxlan',
];

/** The addresses and ports of the innermost packet; "" where there are none. What ICMP quotes is not in the way. */
function innermost(row: Readonly<Record<(typeof FIELDS)[number], string>>): string {
  const layers = row['frame.protocols'].split(':');
  const quoting = layers.findIndex((layer) => layer === 'icmp' || layer === 'icmpv6');
  const own = quoting < 0 ? layers : layers.slice(0, quoting);
  const network = own.findLastIndex((layer) => layer === 'ip' || layer === 'ipv6');
  if (network < 0 || own.includes('arp')) return '';
  const transport = own.slice(network).find((layer) => layer === 'tcp' || layer === 'udp');
  const version = own[network] as 'ip' | 'ipv6';
  const last = (field: (typeof FIELDS)[number], layer: string): string =>
    row[field].split(',')[own.filter((name) => name === layer).length - 1] ?? '';
  const ends = ['src', 'dst'].map((end) => last(`${version}.${end}` as 'ip.src', version));
  if (transport === undefined) return ends.join(' > ');
  const ports = ['srcport', 'dstport'].map((end) => last(`${transport}.${end}` as 'tcp.srcport', transport));
  return `${transport} ${ends[0]} ${ports[0]} > ${ends[1]} ${ports[1]}`;
}

/*
 * Frame number, time, captured length, length on the wire, and the innermost addresses and ports. Where the two differ,
 * the constants below say who is right.
 */
describe.runIf(hasTshark)('tshark sees the same packets (skipped where it is not on the PATH)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netdebug-frames-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const rowsOfTshark = async (capture: Uint8Array): Promise<Map<number, FrameRow>> => {
    const file = join(folder, randomUUID());
    await writeFile(file, capture);
    const fields = FIELDS.flatMap((field) => ['-e', field]);
    const { stdout } = await execute('tshark', ['-n', '-r', file, ...OPTIONS, '-T', 'fields', ...fields], {
      maxBuffer: 1 << 28,
    });
    const rows = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const cells = line.split('\t');
        return Object.fromEntries(FIELDS.map((field, at) => [field, cells[at] ?? ''])) as Record<
          (typeof FIELDS)[number],
          string
        >;
      });
    return new Map(
      rows.map((row) => [
        Number(row['frame.number']),
        {
          frame: `${row['frame.time_epoch'].slice(0, -3)} ${row['frame.cap_len']} ${row['frame.len']}`,
          ends: innermost(row),
        },
      ]),
    );
  };

  const bothReadings = async (
    capture: Uint8Array,
  ): Promise<{ our: Map<number, FrameRow>; theirs: Map<number, FrameRow> }> => {
    const [theirs, our] = [await rowsOfTshark(capture), ownRows(capture)];
    for (const [number, row] of theirs) {
      // A time behind the end of the calendar is none for us; a block that is no packet is no frame.
      if (/^\d{13,}/.test(row.frame)) theirs.set(number, { ...row, frame: row.frame.replace(/^\S+/, '') });
      else if (row.frame.startsWith(' ') && !our.has(number)) theirs.delete(number);
    }
    return { our, theirs };
  };
  const framesOf = (rows: ReadonlyMap<number, FrameRow>): string[] =>
    [...rows].map(([number, { frame }]) => `${number} ${frame}`);
  const endsOf = (rows: ReadonlyMap<number, FrameRow>, our: ReadonlyMap<number, FrameRow>): string[] =>
    [...rows].flatMap(([number, { ends }]) => (our.get(number)?.ends == null ? [] : [`${number} ${ends}`]));

  test.each(Object.entries({ CLASSIC, CLASSIC_NANO_BE, PCAPNG }))(
    'in %s, which was made here',
    async (_, capture) => {
      const { our, theirs } = await bothReadings(capture);
      expect(framesOf(our)).toEqual(framesOf(theirs));
      expect(endsOf(our, our)).toEqual(endsOf(theirs, our));
    },
  );

  /** Fractions of more than a second, which we hold to that second and tshark prints as they are. */
  const IMPOSSIBLE_TIMES = 'captures/corrupt/ts_invalid_nano.pcap';
  const readable = capturePaths().filter(
    (path) => path !== IMPOSSIBLE_TIMES && truthOf(path)?.tshark_errors.length === 0,
  );
  /** A UDP length of 0 is a datagram before offload: tshark stops there, what the tunnel carries is there all the same. */
  const BIG_TCP = 'captures/tunnel/bigtcp_vxlan.pcap';
  const known: readonly number[] = Object.values(LinkType);
  test.runIf(hasCorpora).concurrent.each(readable)('in %s', async (path) => {
    const { our, theirs } = await bothReadings(captureBytes(path));
    expect(framesOf(our)).toEqual(framesOf(theirs));
    if (known.includes(truthOf(path)?.linktype ?? -1) && path !== BIG_TCP)
      expect(endsOf(our, our)).toEqual(endsOf(theirs, our));
  });
  test.runIf(hasCorpora)(`there are public captures to compare ${CORPORA_HINT}`, () => {
    expect(readable.length).toBeGreaterThan(0);
  });
});
