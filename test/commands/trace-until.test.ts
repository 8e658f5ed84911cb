import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keepFrom, UntilFinding, untilOptions } from '../../src/commands/trace-until.ts';
import type { Given } from '../../src/commands/command.ts';
import { EPOCH, handshake } from '../conversations/observe.ts';
import { finding } from '../explain/builders.ts';
import { ethernet } from '../packets/link.ts';
import { at, pcap } from '../packets/pcap.ts';
import { world } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-until-'));
afterAll(() => rmSync(folder, { recursive: true }));

const given = (values: Given['values']): Given => ({ command: 'trace', operands: ['pod/x'], values });

test('what is waited for must be a finding that is worth an end', () => {
  expect(untilOptions(given({}))).toBeUndefined();
  expect(untilOptions(given({ until: 'tcp-refused', after: '5s' }))).toEqual({
    finding: 'tcp-refused',
    beforeMs: 30_000,
    afterMs: 5000,
  });
  expect(() => untilOptions(given({ until: 'tcp-refusd' }))).toThrow('did you mean tcp-refused?');
  expect(() => untilOptions(given({ until: 'midstream-capture' }))).toThrow('cannot wait for');
  expect(() => untilOptions(given({ before: '5s' }))).toThrow('--before has no meaning without --until');
});

test('the first such finding ends the trace after its time, and only it', async () => {
  const stopped: string[] = [];
  const waits: number[] = [];
  const io = { ...world(), sleep: async (ms: number) => void waits.push(ms) };
  const options = { finding: 'tcp-refused', beforeMs: 1000, afterMs: 7000 } as const;
  const until = new UntilFinding(options, () => stopped.push('stopped'), io);
  expect(until.take([finding('dns-nxdomain', '10.96.0.10:53')])).toBe('');
  const refused = finding('tcp-refused', '10.96.3.4:80');
  expect(until.take([refused])).toBe('tcp-refused has come up: the capture goes on for 7 s');
  expect(until.take([refused])).toBe('');
  expect(until.firstSeen).toBe(refused.firstSeen);
  await Promise.resolve();
  expect([waits, stopped]).toEqual([[7000], ['stopped']]);
});

test('a capture is cut down to the time before the finding, and judged by the frames that are left', async () => {
  const ends = { from: '10.244.1.5:40000', to: '10.96.3.4:80' };
  const frames = [handshake(0, ends), handshake(40, { ...ends, from: '10.244.1.5:40001' })]
    .flat()
    .map(({ time, bytes }) => at(EPOCH + time, ethernet(bytes)));
  const path = join(folder, 'long.pcap');
  writeFileSync(path, pcap(frames));
  const origin = {
    vantagePoint: 'pod/shop/client eth0',
    node: 'node1',
    addresses: ['10.244.1.5'],
    container: 'netdebug-000000',
    dropped: 0,
    ended: 'until',
    problems: [],
    bothDirections: true,
    image: '',
  };
  const from = { firstSeen: new Date((EPOCH + 45) * 1000).toISOString(), beforeMs: 10_000 };
  const result = await keepFrom(path, origin, 2, from, world());
  expect(result.capture).toMatchObject({
    packets: 3,
    ended: 'until',
    firstSeen: '2026-11-21T10:00:40.000000Z',
  });
  expect(result.groups).toMatchObject([{ capture: 2, conversations: 1 }]);
  expect(Buffer.from(pcap(frames.slice(3))).equals(readFileSync(path))).toBe(true);
});
