import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { cluster } from '../cluster.ts';
import { sendSinglePackets } from './far-side.ts';
import { installInto, MEMORY_KIB, watchMemory } from './installed.ts';
import { said, start } from './netdebug.ts';
import { serveBig, testNamespace, withPods } from './pods.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-sink-'));

let launcher = '';
beforeAll(async () => {
  launcher = await installInto(join(folder, 'installed'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const TRAFFIC_BYTES = 200_000_000;
/** How long a reader waits after so many bytes. */
type Pause = (takenBytes: number) => number;

/** 5 MB/s, no more. */
function slowly(): Pause {
  const startMs = performance.now();
  return (takenBytes) => startMs + takenBytes / 5000 - performance.now();
}

/** As fast as it comes, but for 20 s in between. */
function stopping(): Pause {
  let hasStopped = false;
  return (takenBytes) => {
    if (hasStopped || takenBytes < 20_000_000) return 0;
    hasStopped = true;
    return 20_000;
  };
}

// The program draws 5 MB/s through the API server; what is more than that, and than the buffers hold, is dropped.
const download =
  'until [ -e /tmp/go ]; do sleep 0.1; done; curl -s --limit-rate 6M -o /dev/null -w %{size_download} http://$SERVER:8080/big > /tmp/got; touch /tmp/end; sleep 1000000';

test('200 MB through a slow reader and one that stops: nothing is lost on the way, drops are told, memory is bounded', async () => {
  const pod = { node: 'node1', script: download } as const;
  await withPods(
    { server: { node: 'node2', script: serveBig }, slow: pod, stopped: pod },
    async ({ server, slow, stopped }) => {
      for (const one of [server, slow, stopped]) await sendSinglePackets(one);
      const peaksKib = await Promise.all([
        captureThrough(slow.name, slowly),
        captureThrough(stopped.name, stopping),
      ]);
      for (const peakKib of peaksKib) {
        expect(peakKib).toBeGreaterThan(0);
        expect(peakKib).toBeLessThanOrEqual(MEMORY_KIB);
      }
    },
  );
});

/** Captures a download through a pipe and holds the report to the file and to tcpdump's counters; returns the peak of memory in KiB. */
async function captureThrough(name: string, makePause: () => Pause): Promise<number> {
  const pipe = join(folder, `${name}.pipe`);
  const file = join(folder, `${name}.pcap`);
  execFileSync('mkfifo', [pipe]);
  const flags = [
    '--duration',
    '40s',
    '--snaplen',
    '262144',
    '--max-bytes',
    '1GB',
    '-w',
    pipe,
    '-o',
    'json',
    '--verbose',
  ];
  const run = start(['trace', `pod/${name}`, '-n', testNamespace, ...flags], {
    program: [launcher],
  });
  const reading = readPipe(pipe, file, makePause);
  const peakKib = watchMemory(run.child.pid ?? 0);
  await said(run, 'Capturing on');
  expect((await cluster.inPod(testNamespace, name, 'touch /tmp/go')).exitStatus).toBe(0);
  const end = await run.done;
  await reading;
  const { captures, findings } = JSON.parse(end.stdout) as Report;
  const capture = captures[0];
  const counted =
    /tcpdump counted (\d+) captured, (\d+) received by the filter, (\d+) dropped by the kernel/.exec(
      end.stderr,
    );
  const [, captured = NaN, received = NaN, dropped = NaN] = (counted ?? []).map(Number);
  const context = `${name}: ${JSON.stringify({ captured, received, dropped, peakKib: peakKib(), capture, bytes: statSync(file).size })}`;
  // The download came to its end, and it went through this interface.
  expect(
    (await cluster.inPod(testNamespace, name, 'test -e /tmp/end && cat /tmp/got')).stdout.trim(),
    context,
  ).toBe(String(TRAFFIC_BYTES));
  const packets = Number(
    /(\d+)\s*$/.exec(execFileSync('capinfos', ['-c', '-M', file], { encoding: 'utf8' }))?.[1],
  );
  expect(capture?.packets, context).toBe(packets);
  // 1,500 bytes each, not segments of 64 KiB: that is what costs.
  expect(received, context).toBeGreaterThan(TRAFFIC_BYTES / 1500);
  expect(captured - packets, context).toBeGreaterThanOrEqual(0);
  expect(captured - packets, context).toBeLessThanOrEqual(1);
  expect(capture?.dropped, context).toBe(dropped);
  expect(dropped, context).toBeGreaterThan(captured / 100);
  expect(capture?.problems, context).toEqual([]);
  const told = findings.filter(({ text }) => text.startsWith(`the kernel dropped ${dropped} packets`));
  expect(
    told.map(({ id, severity }) => `${severity} ${id}`),
    context,
  ).toEqual(['warning capture-incomplete']);
  return peakKib();
}

/** Copies a pipe into a file, with pauses, until its writer closes it. */
async function readPipe(pipe: string, file: string, makePause: () => Pause): Promise<void> {
  await using source = await open(pipe, 'r');
  await using target = await open(file, 'wx', 0o600);
  const buffer = Buffer.alloc(65_536);
  const pause = makePause();
  for (let takenBytes = 0; ;) {
    const { bytesRead } = await source.read(buffer);
    if (bytesRead === 0) return;
    await target.writeFile(buffer.subarray(0, bytesRead));
    takenBytes += bytesRead;
    const waitMs = pause(takenBytes);
    if (waitMs > 0) await sleep(waitMs);
  }
}
