import { globSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cutCapture, type CutCapture } from '../../src/bundle/cut.ts';
import { dissect } from '../../src/dissect/index.ts';
import { Packet } from '../../src/dissect/packet.ts';
import type { Frame } from '../../src/pcap/frame.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';
import { Analysis } from '../../src/pipeline.ts';
import { scratchFolder } from './sample.ts';

/** Splits bytes into pieces, as a stream would bring them. */
function source(bytes: Uint8Array, pieceBytes = 5000): () => AsyncIterable<Uint8Array> {
  return async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  };
}

async function cut(bytes: Uint8Array): Promise<CutCapture & { bytes: Buffer }> {
  const path = join(await scratchFolder(), 'cut.pcap');
  const result = await cutCapture(source(bytes), path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  return { ...result, bytes: await readFile(path) };
}

interface SeenFrame {
  readonly text: string;
  readonly captured: Buffer;
}

/** Fields that tell how much was captured; all others must survive the cut (times to 100 ns, as the reader's arithmetic has them). */
const ABOUT_CAPTURE = new Set([
  'view',
  'timeNs',
  'offset',
  'end',
  'capturedLength',
  'payloadOffset',
  'payloadCaptured',
  'quotePayloadOffset',
]);

/** All frames of a capture as the dissectors see them, and how the reading ended. */
function read(bytes: Uint8Array): { frames: SeenFrame[]; damage: string[]; drops: number | null } {
  const frames: SeenFrame[] = [];
  const packet = new Packet();
  const reader = new CaptureReader({
    frame: (frame: Frame): void => {
      dissect(frame, packet);
      const fields = Object.entries(packet).filter(([name]) => !ABOUT_CAPTURE.has(name));
      const isDns = [packet.srcPort, packet.dstPort].includes(53) && (packet.kind === 1 || packet.kind === 2);
      const dns = isDns
        ? Buffer.from(
            new Uint8Array(packet.view.buffer, packet.payloadOffset, packet.payloadCaptured),
          ).toString('hex')
        : '';
      frames.push({
        text: JSON.stringify([...fields, Math.round(frame.timeNs / 100), reader.clock.originSeconds, dns]),
        captured: Buffer.from(new Uint8Array(frame.view.buffer, frame.offset, frame.capturedLength)),
      });
    },
  });
  reader.write(bytes);
  const { damage, interfaceDrops } = reader.end();
  return { frames, damage: damage.map((one) => one.text), drops: interfaceDrops };
}

type Eth = { payload: Buffer; protocol?: number; srcPort?: number; dstPort?: number; seq?: number };

/** Ethernet, IPv4, TCP (or UDP) and a payload. */
function packet({ payload, protocol = 6, srcPort = 40_000, dstPort = 443, seq = 1000 }: Eth): Buffer {
  const transport = Buffer.alloc(protocol === 6 ? 20 : 8);
  transport.writeUInt16BE(srcPort, 0);
  transport.writeUInt16BE(dstPort, 2);
  if (protocol === 6) {
    transport.writeUInt32BE(seq, 4);
    transport.writeUInt16BE(0x5018, 12);
  } else transport.writeUInt16BE(8 + payload.length, 4);
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(20 + transport.length + payload.length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(protocol, 9);
  ip.set([10, 244, 1, 5, 10, 96, 3, 4], 12);
  return Buffer.concat([Buffer.from('0200000000010200000000020800', 'hex'), ip, transport, payload]);
}

/** A classic pcap of Ethernet frames, microseconds. */
function pcap(frames: readonly Buffer[], littleEndian = true): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (littleEndian) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const header = Buffer.concat([
    word(0xa1b2c3d4),
    Buffer.from(littleEndian ? '02000400' : '00020004', 'hex'),
    word(0),
    word(0),
    word(262_144),
    word(1),
  ]);
  return Buffer.concat([
    header,
    ...frames.flatMap((frame, index) => [
      word(1_795_000_000 + index),
      word(7),
      word(frame.length),
      word(frame.length),
      frame,
    ]),
  ]);
}

const HEADERS = 14 + 20 + 20;
const record = (type: number, length: number, fill = 'x'): Buffer =>
  Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 255]), Buffer.alloc(length, fill)]);
const http2 = (type: number, length: number, stream: number, fill = 'x'): Buffer =>
  Buffer.concat([
    Buffer.from([0, length >> 8, length & 255, type, 0, 0, 0, 0, stream]),
    Buffer.alloc(length, fill),
  ]);

/** Payloads that are left of TCP segments that follow each other. */
async function keptOf(...payloads: Buffer[]): Promise<string[]> {
  let seq = 0xffff_fff0;
  const frames = payloads.map((payload) => {
    const frame = packet({ payload, seq: seq >>> 0 });
    seq = (seq + payload.length) | 0;
    return frame;
  });
  const result = await cut(pcap(frames));
  expect(result).toMatchObject({ cut: true, reason: '' });
  return read(result.bytes).frames.map((frame) => frame.captured.subarray(HEADERS).toString('latin1'));
}

test('keeps HTTP/1 heads and no body, over segments too', async () => {
  const head = 'GET /a HTTP/1.1\r\nHost: shop\r\n\r\n';
  expect(await keptOf(Buffer.from(`${head}secret body`), Buffer.from('more of it'))).toEqual([head, '']);
  expect(
    await keptOf(
      Buffer.from('HTTP/1.1 200 OK\r\nA: 1\r'),
      Buffer.from('\nB: 2\r\n\r\nsecret'),
      Buffer.from('secret'),
    ),
  ).toEqual(['HTTP/1.1 200 OK\r\nA: 1\r', '\nB: 2\r\n\r\n', '']);
});

test('keeps TLS handshake records and no application data, over segments too', async () => {
  const hello = record(22, 300, 'h');
  const certificate = record(22, 900, 'c');
  const data = record(23, 500, 's');
  const all = Buffer.concat([hello, certificate, data, record(21, 2, 'a')]);
  const kept = await keptOf(all.subarray(0, 400), all.subarray(400, 1300), all.subarray(1300));
  expect(kept[0]).toBe(all.toString('latin1', 0, 400));
  expect(kept[1]).toBe(all.toString('latin1', 400, 1215));
  expect(kept[2]).toBe('\0'.repeat(500 - (1300 - 1215)) + record(21, 2, 'a').toString('latin1'));
});

test('keeps HTTP/2 frames and no DATA, on both sides', async () => {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const opening = Buffer.concat([preface, http2(4, 12, 0), http2(1, 40, 1, 'h')]);
  const body = Buffer.concat([http2(0, 600, 1, 's'), http2(1, 20, 1, 't')]);
  const kept = await keptOf(opening, body.subarray(0, 300), body.subarray(300), http2(0, 50, 3, 's'));
  expect(kept[0]).toBe(opening.toString('latin1'));
  expect(kept[1]).toBe(body.toString('latin1', 0, 9));
  expect(kept[2]).toBe('\0'.repeat(309) + http2(1, 20, 1, 't').toString('latin1'));
  expect(kept[3]).toBe(http2(0, 50, 3).toString('latin1', 0, 9));
  expect((await keptOf(Buffer.concat([http2(4, 6, 0), http2(1, 10, 1), http2(0, 9, 1)])))[0]).toHaveLength(
    9 + 6 + 9 + 10 + 9,
  );
});

test('payload that nothing reads is cut', async () => {
  expect(await keptOf(Buffer.from('SELECT secret FROM vault'))).toEqual(['']);
  const udp = await cut(
    pcap([
      packet({ payload: Buffer.from('secret'), protocol: 17, dstPort: 9999 }),
      packet({ payload: Buffer.from('a query'), protocol: 17, dstPort: 53 }),
    ]),
  );
  expect(read(udp.bytes).frames.map((frame) => frame.captured.length)).toEqual([42, 49]);
});

test('of other servers’ greetings the first word is kept, and alerts whole', async () => {
  expect(await keptOf(Buffer.from('SSH-2.0-secret'))).toEqual(['SSH-2.0-']);
  expect(await keptOf(Buffer.from('<html>secret'))).toEqual(['<html']);
  const alert = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
  expect(await keptOf(alert)).toEqual([alert.toString('latin1')]);
});

test('QUIC Initial packets are kept whole, of the rest what tells that it is QUIC', async () => {
  const long = (type: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length, 's');
    bytes.set([0xc0 | (type << 4), 0, 0, 0, 1, 8]);
    return bytes;
  };
  const datagrams = [
    long(0, 1200),
    long(2, 1200),
    long(0, 60),
    Buffer.alloc(900, 0x40),
    Buffer.alloc(5, 's'),
  ];
  const frames = datagrams.map((payload) => packet({ payload, protocol: 17 }));
  const kept = read((await cut(pcap(frames))).bytes).frames.map((frame) => frame.captured.length - 42);
  expect(kept).toEqual([1200, 8, 8, 8, 0]);
});

test('a retransmitted hello is kept, and does not confuse what follows', async () => {
  const hello = record(22, 100, 'h');
  const rest = Buffer.concat([record(22, 50, 'f'), record(23, 10, 's')]);
  const frames = [
    packet({ payload: hello, seq: 1 }),
    packet({ payload: hello, seq: 1 }),
    packet({ payload: rest, seq: 106 }),
  ];
  const kept = read((await cut(pcap(frames))).bytes).frames.map((frame) => frame.captured.length - HEADERS);
  expect(kept).toEqual([105, 105, 60]);
});

test.each([true, false])('numbers, times and lengths stay (little-endian: %s)', async (littleEndian) => {
  const original = pcap(
    [packet({ payload: Buffer.alloc(1400) }), packet({ payload: Buffer.alloc(3) })],
    littleEndian,
  );
  const result = await cut(original);
  expect(read(result.bytes).frames.map((frame) => frame.text)).toEqual(
    read(original).frames.map((frame) => frame.text),
  );
  expect(result.bytes.subarray(0, 24).equals(original.subarray(0, 24))).toBe(true);
  expect(result.bytes).toHaveLength(24 + 2 * (16 + HEADERS));
});

test('a capture whose end is missing is cut, and its end is still missing', async () => {
  const original = pcap([packet({ payload: Buffer.alloc(900) }), packet({ payload: Buffer.alloc(900) })]);
  const result = await cut(original.subarray(0, -5));
  expect(result.cut).toBe(true);
  const { frames, damage } = read(result.bytes);
  expect(frames).toHaveLength(1);
  expect(damage).toEqual(['the capture ends in the middle of a record (8 bytes of it are there)']);
});

test.each([
  ['nothing', Buffer.alloc(0), 'it is no capture that can be read'],
  ['text', Buffer.from('hello, this is text'), 'it is no capture that can be read'],
  ['a header that is cut', pcap([]).subarray(0, 20), 'it is no capture that can be read'],
  [
    'a record that cannot be',
    Buffer.concat([pcap([packet({ payload: Buffer.alloc(9) })]), Buffer.alloc(16, 0xff)]),
    'a record claims 4294967295 captured bytes, which no capture of this snap length holds',
  ],
])('%s is copied whole', async (_, original, reason) => {
  const result = await cut(original);
  expect([result.cut, result.reason, result.bytes.equals(original)]).toEqual([false, reason, true]);
});

/** A pcapng block, little-endian. */
function block(type: number, ...body: Buffer[]): Buffer {
  const content = Buffer.concat(body);
  const padded = Buffer.concat([content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
  return Buffer.concat([words(type, padded.length + 12), padded, words(padded.length + 12)]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
}

const SECTION = block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff));
const describeInterface = (linkType: number): Buffer => block(1, words(linkType, 262_144));

function enhanced(interfaceId: number, microseconds: bigint, frame: Buffer): Buffer {
  const time = words(Number(microseconds >> 32n), Number(microseconds & 0xffffffffn));
  return block(6, words(interfaceId), time, words(frame.length, frame.length), frame);
}

test('pcapng keeps its interfaces, link types, times and drops', async () => {
  const ethernet = packet({ payload: Buffer.from('secret secret') });
  const drops = block(
    5,
    words(1, 0, 0),
    Buffer.from('0500080007000000000000000000000000', 'hex').subarray(0, 16),
  );
  const original = Buffer.concat([
    SECTION,
    describeInterface(1),
    describeInterface(101),
    describeInterface(1),
    enhanced(1, 1_795_000_000_000_123n, ethernet.subarray(14)),
    enhanced(2, 1_795_000_000_500_000n, ethernet),
    enhanced(0, 1_794_999_999_900_001n, ethernet),
    drops,
  ]);
  const result = await cut(original);
  expect(result).toMatchObject({ extension: 'pcapng', cut: true });
  expect(result.bytes.includes('secret')).toBe(false);
  const [before, after] = [read(original), read(result.bytes)];
  expect(before.frames).toHaveLength(3);
  expect(after.frames.map((frame) => frame.text)).toEqual(before.frames.map((frame) => frame.text));
  expect([before.drops, after.drops]).toEqual([7, 7]);
});

test('pcapng without times is copied whole', async () => {
  const frame = packet({ payload: Buffer.from('secret') });
  const original = Buffer.concat([SECTION, describeInterface(1), block(3, words(frame.length), frame)]);
  const result = await cut(original);
  expect([result.cut, result.reason, result.bytes.equals(original)]).toEqual([
    false,
    'frame 1 has no time that can be written',
    true,
  ]);
});

const CORPUS = globSync(['recordings/*/capture.pcap', 'test/captures/**/*.pcap{,ng}']);
const FURTHER = process.env['NETDEBUG_CAPTURES'];
const EXTRA = FURTHER === undefined ? [] : globSync(join(FURTHER, '**/*.pcap{,ng}'));

/** Findings, conversations and DNS of a capture; where damage lies depends on the file's length. */
function analysed(bytes: Uint8Array): unknown {
  const analysis = new Analysis({ vantagePoint: 'a', node: '', addresses: [], container: '' }, 0, 1);
  analysis.write(bytes);
  const result = analysis.end({ dropped: null, ended: 'file', problems: [], bothDirections: true });
  const findings = result.findings.map((finding) =>
    finding.id === 'damaged-capture' ? { id: finding.id, severity: finding.severity } : finding,
  );
  return { ...result, findings };
}

test.each([...CORPUS, ...EXTRA])('%s: dissectors and analysis see the same in the cut form', async (path) => {
  const original = await readFile(path);
  const result = await cut(original);
  const [before, after] = [read(original), read(result.bytes)];
  expect(after.frames.map((frame) => frame.text)).toEqual(before.frames.map((frame) => frame.text));
  expect(after.damage.length).toBe(before.damage.length);
  expect(after.drops).toBe(before.drops);
  expect(result.bytes.length).toBeLessThanOrEqual(original.length * 1.2 + 200);
  expect(analysed(result.bytes)).toEqual(analysed(original));
});
