import { readFile } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { expect, test } from 'vitest';
import { cutCapture, type CutCapture } from '../../src/bundle/cut.ts';
import { Analysis, type AnalysisResult } from '../../src/pipeline.ts';
import { dnsName, dnsQuery } from '../packets/dns.ts';
import { inFragments } from '../packets/ip.ts';
import { ethernet, LinkType } from '../packets/link.ts';
import { ascii, join, u16, u32, u8 } from '../packets/octets.ts';
import { pcap } from '../packets/pcap.ts';
import { section } from '../packets/pcapng.ts';
import { udp } from '../packets/transport.ts';
import { scratchFolder } from './sample.ts';

async function cut(capture: Uint8Array): Promise<CutCapture & { bytes: Buffer }> {
  const path = joinPath(await scratchFolder(), 'cut.pcap');
  const result = await cutCapture(async function* whole() {
    yield capture;
  }, path);
  return { ...result, bytes: await readFile(path) };
}

function analysed(capture: Uint8Array): AnalysisResult {
  const analysis = new Analysis({ vantagePoint: 'a', node: '', addresses: [], container: '' }, 0, 1);
  analysis.write(capture);
  return analysis.end({ dropped: null, ended: 'file', problems: [], bothDirections: true });
}

test('pcapng keeps its comments and the names that it gives', async () => {
  const ng = section(true);
  const frame = ethernet(
    udp({ from: '10.0.0.1:1', to: '10.0.0.2:2', payload: ascii('secretsecret'), id: 1 }),
  );
  const original = join(
    ng.header,
    ng.interface(),
    ng.names([{ address: '10.0.0.1', names: ['web', 'web.shop'] }]),
    ng.packet({ ticks: 1n, bytes: frame, comment: 'here it breaks' }),
    ng.names([{ address: 'fd00::1', names: ['six'] }]),
  );
  const result = await cut(original);
  expect(result.bytes.includes('secret')).toBe(false);
  const [before, after] = [original, result.bytes].map((bytes) => {
    const { capture, seenNames } = analysed(bytes);
    return { comments: capture.comments, names: Object.fromEntries(seenNames) };
  });
  expect(before).toEqual({
    comments: ['frame 1: here it breaks'],
    names: {
      '10.0.0.1': { names: ['web', 'web.shop'], from: 'name resolution block' },
      'fd00::1': { names: ['six'], from: 'name resolution block' },
    },
  });
  expect(after).toEqual(before);
});

test('captures of several link types that were joined are copied whole', async () => {
  const frame = ethernet(
    udp({ from: '10.0.0.1:1', to: '10.0.0.2:2', payload: ascii('secretsecret'), id: 1 }),
  );
  const packets = [{ time: 1, bytes: frame }];
  const original = join(pcap(packets), pcap(packets, { linkType: LinkType.Raw }));
  const result = await cut(original);
  expect(result.reason).toBe('captures of several link types were joined in it');
  expect(result.bytes.equals(Buffer.from(original))).toBe(true);
});

test('fragments are kept where the payload of the first one is, and cut elsewhere', async () => {
  const [client, server] = ['10.0.0.1:5353', '10.0.0.2:53'];
  const record = join(u16(0xc00c, 1, 1), u32(30), u16(4), u8(203, 0, 113, 7));
  const text = join(u16(0xc00c, 16, 1), u32(30), u16(401), u8(200), ascii('t'.repeat(400)));
  const message = join(
    u16(9, 0x8180, 1, 6, 0, 0),
    dnsName('many.example'),
    u16(1, 1),
    ...Array.from({ length: 5 }, () => text),
    record,
  );
  const packets = [
    dnsQuery({ from: client, to: server, name: 'many.example', id: 9 }),
    ...inFragments(udp({ from: server, to: client, payload: message }), 512, 1),
    ...inFragments(
      udp({ from: '10.0.0.3:4000', to: '10.0.0.2:4001', payload: ascii('secret '.repeat(300)) }),
      512,
      2,
    ),
  ];
  const original = pcap(
    packets.map((bytes, i) => ({ time: 1_795_000_000 + i / 1000, bytes: ethernet(bytes) })),
  );
  const result = await cut(original);
  expect(result.cut).toBe(true);
  expect(result.bytes.includes('secret')).toBe(false);
  expect(analysed(result.bytes)).toEqual(analysed(original));
  expect(JSON.stringify([...analysed(result.bytes).seenNames])).toContain('203.0.113.7');
});
