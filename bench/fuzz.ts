import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Analysis, judge } from '../src/pipeline.ts';

/*
 * `npm run fuzz -- [--seconds 60] [--seed 1] [--captures FOLDER]`: mutates captures and analyses them for a while.
 * An exception, or a capture that takes longer than a second for each megabyte and one more, is written to
 * fuzz-failure.pcap with its seed. Outside the test run, for it never ends by itself.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    captures: { type: 'string', default: join(import.meta.dirname, '../recordings') },
  },
});

let state = Number(values.seed) | 0;

/** A number from 0 up to, not including, `limit`; the same row of numbers for the same seed. */
function random(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return Math.floor(((state >>> 0) / 2 ** 32) * limit);
}

/** Overwrites some bytes, mostly behind the file header, so that the reading goes on. */
function mutate(capture: Uint8Array): Uint8Array {
  const mutated = Uint8Array.from(capture);
  const first = random(4) === 0 ? 0 : Math.min(40, mutated.length - 1);
  for (let count = 1 + random(random(4) === 0 ? 200 : 12); count > 0; count--) {
    mutated[first + random(mutated.length - first)] = random(3) === 0 ? 0xff : random(256);
  }
  return mutated;
}

/** Feeds a capture in pieces of random size; returns how many packets were read. */
function analyse(capture: Uint8Array): number {
  const analysis = new Analysis({ vantagePoint: 'fuzz', node: '', addresses: [], container: '' }, 0, 7);
  for (let at = 0; at < capture.length;) {
    const end = at + 1 + random(9000);
    analysis.write(capture.subarray(at, end));
    at = end;
  }
  const result = analysis.end({ dropped: null, ended: 'file', problems: [], bothDirections: false });
  JSON.stringify(judge([result], null, { toolVersion: 'fuzz' }));
  return analysis.packets;
}

const folder = resolve(values.captures);
const captures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(pcap|pcapng)$/u.test(name))
  .map((name) => readFileSync(join(folder, name)))
  .filter((capture) => capture.length > 40);
const endsAtMs = performance.now() + Number(values.seconds) * 1000;
let runs = 0;
let packets = 0;
while (performance.now() < endsAtMs) {
  const capture = mutate(captures[random(captures.length)] as Uint8Array);
  const startedMs = performance.now();
  try {
    packets += analyse(capture);
    if (performance.now() - startedMs > 1000 + capture.length / 1000) throw new Error('it took too long');
  } catch (error) {
    writeFileSync('fuzz-failure.pcap', capture);
    console.error(`seed ${values.seed}, run ${runs}: fuzz-failure.pcap`);
    throw error;
  }
  runs++;
}
console.log(`${runs} mutated captures, ${packets} packets, no failure`);
