import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assetsFolder } from '../../src/assets.ts';
import { main } from '../../src/cli.ts';
import { validReport } from '../report/valid-report.ts';
import { input, world, type World } from './world.ts';

const capture = readFileSync(join(assetsFolder, 'recordings', 'service-selector-mismatch', 'capture.pcap'));
const FOUND = /^so far: \d\d:\d\d:\d\d UTC {2}error {2}tcp-rejected-by-icmp {2}10\.\S+ → 10\.\S+: .+$/m;

/** A world in which a second passes with each turn of the event loop. */
function fastWorld(stdin: (io: () => World) => AsyncIterable<Uint8Array>, tty = false): World {
  const io: World = {
    ...world({ tty, stdin: stdin(() => io) }),
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) resolve();
        else setImmediate(resolve);
      }),
  };
  return io;
}

async function said(io: World, what: RegExp): Promise<void> {
  while (!what.test(io.err())) await new Promise((resolve) => setImmediate(resolve));
}

test('findings are said while standard input is still open, each once, and the report follows at its end', async () => {
  const io = fastWorld(async function* (self) {
    yield capture;
    await said(self(), FOUND);
    expect(self().out()).toBe('');
    yield capture.subarray(24);
    // Two more stretches: what was said is not said again.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  });
  expect(await main(['analyze', '-', '-o', 'json'], io)).toBe(1);
  expect(io.err().match(new RegExp(FOUND, 'gm'))).toHaveLength(1);
  expect(io.err()).not.toContain('\u001b');
  expect(validReport(io.out()).findings.map(({ id }) => id)).toContain('tcp-rejected-by-icmp');
});

test('on a terminal one line is written over, and is gone before the report', async () => {
  const io = fastWorld(async function* (self) {
    yield capture;
    await said(self(), /\d+ s, \d+ packets, .+, 1 finding so far/);
  }, true);
  await main(['analyze', '-'], io);
  expect(io.err()).toContain('\r\u001b[K1 s, ');
  expect(io.err().endsWith('\r\u001b[K')).toBe(true);
});

test('Ctrl-C ends the reading; what came before is judged', async () => {
  const io = fastWorld(async function* (self) {
    yield capture;
    await said(self(), FOUND);
    self().interrupt();
    await new Promise(() => undefined);
  });
  expect(await main(['analyze', '-', '-o', 'json'], io)).toBe(1);
  expect(validReport(io.out()).captures[0]?.packets).toBeGreaterThan(3);
});

test('--quiet says nothing meanwhile', async () => {
  const io = fastWorld(async function* () {
    yield capture;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  });
  await main(['analyze', '-', '--quiet'], io);
  expect(io.err()).toBe('');
});

test('a capture that is cut gives what came before, and where it ends', async () => {
  const io = world({ stdin: input(capture.subarray(0, 900)) });
  expect(await main(['analyze', '-', '-o', 'json', '--fail-on', 'never'], io)).toBe(0);
  const { captures, findings } = validReport(io.out());
  expect(captures[0]?.packets).toBeGreaterThan(3);
  expect(findings.find(({ id }) => id === 'damaged-capture')?.details.offsetBytes).toBeGreaterThan(700);
});
