import { execFileSync } from 'node:child_process';
import { constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { cluster } from '../cluster.ts';
import { waitFor } from '../wait.ts';
import { captureProcesses } from './far-side.ts';
import { launcher, said, start, type Run, type StartOptions } from './netdebug.ts';
import { debugContainers, idle, serveBig, testNamespace, withPods } from './pods.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What product and tests promise: a stop that nobody holds back. */
const STOP_MS = 2000;
/** What is left of a capture has ended after this. */
const CLEAN_MS = 10_000;
const askBig = 'while :; do curl -s --limit-rate 20M -o /dev/null http://$SERVER:8080/big; done';
const askOften = 'while :; do curl -s -o /dev/null http://$SERVER:8080/nothing; sleep 0.1; done';
const whole = ['--snaplen', '262144', '--max-bytes', '1000MB'];

const trace = (pod: string, flags: readonly string[], options?: StartOptions): Run =>
  start(['trace', `pod/${pod}`, '-n', testNamespace, '--duration', '30m', ...flags], options);

describe('Ctrl-C', () => {
  const ways: readonly (readonly [string, StartOptions, number])[] = [
    ['through kubectl, to the process group of a terminal', { isGroup: true }, -1],
    ['to the launcher itself', { program: [launcher] }, 1],
  ];
  test('ends with the report and a valid file, and nothing stays on the node', async () => {
    await withPods(
      { server: { node: 'node2', script: serveBig }, client: { node: 'node1', script: askOften } },
      async ({ client }) => {
        for (const [name, options, sign] of ways) {
          const file = join(folder, 'stopped.pcap');
          const run = trace(client.name, ['-w', file, '-o', 'json'], options);
          await said(run, 'Capturing on');
          await waitFor('a capture with packets', async () => countPackets(file) > 20);
          expect((await captureProcesses(client)).join('\n'), name).toContain('tcpdump -i eth0');
          const stoppedMs = performance.now();
          process.kill(sign * (run.child.pid ?? 0), 'SIGINT');
          const end = await run.done;
          expect(performance.now() - stoppedMs, name).toBeLessThan(STOP_MS);
          expect(end.stderr, name).toContain('Stopped; analysing what was captured.');
          const { captures, verdict } = JSON.parse(end.stdout) as Report;
          expect(captures[0], name).toMatchObject({
            ended: 'interrupted',
            problems: [],
            packets: countPackets(file),
          });
          expect([verdict.outcome, end.exitStatus], name).toEqual(['healthy', 0]);
          expect(await captureProcesses(client), name).toEqual([]);
        }
        // The second run found the container of the first.
        expect(await debugContainers(testNamespace, client.name)).toHaveLength(1);
      },
    );
  });

  test('with a blocked sink says that it drains; a second one leaves, and nothing stays on the node', async () => {
    await withPods(
      { server: { node: 'node2', script: serveBig }, client: { node: 'node1', script: askBig } },
      async ({ client }) => {
        const pipe = makePipe('blocked');
        await using reader = await open(pipe, constants.O_RDWR);
        const run = trace(client.name, ['-w', pipe, ...whole]);
        await said(run, 'Capturing on');
        await waitFor('a full pipe', async () => await isFull(pipe));
        run.child.kill('SIGINT');
        await said(run, 'draining what was captured');
        expect(run.child.exitCode).toBeNull();
        const leftMs = performance.now();
        run.child.kill('SIGINT');
        const end = await run.done;
        expect(performance.now() - leftMs).toBeLessThan(STOP_MS);
        expect(end.exitStatus).toBe(2);
        expect(end.stderr).toContain('error: left before the end');
        const kept = /netdebug analyze (\S+)/.exec(end.stderr)?.[1] ?? '';
        expect(countPackets(kept)).toBeGreaterThan(0);
        rmSync(dirname(kept), { recursive: true });
        await waitFor('an empty node', async () => (await captureProcesses(client)).length === 0, CLEAN_MS);
        await reader.close();
      },
    );
  });
});

describe('kill -9 of the client leaves nothing of the capture on the node', () => {
  test('five times each: idle, in the middle of a download, with a blocked sink', async () => {
    await withPods(
      {
        server: { node: 'node2', script: serveBig },
        quiet: { node: 'node1', script: idle },
        busy: { node: 'node1', script: askBig },
        blocked: { node: 'node1', script: askBig },
      },
      async ({ quiet, busy, blocked }) => {
        const pipe = makePipe('unread');
        await using _reader = await open(pipe, constants.O_RDWR);
        const pods = [quiet, busy, blocked];
        // The first of each adds the container, the others use it.
        const runsOf = async (count: number): Promise<Run[]> => {
          const runs = Array.from({ length: count }, () => [
            trace(quiet.name, []),
            trace(busy.name, whole),
            trace(blocked.name, ['-w', pipe, ...whole]),
          ]).flat();
          for (const run of runs) await said(run, 'Capturing on');
          return runs;
        };
        const runs = [...(await runsOf(1)), ...(await runsOf(4))];
        await waitFor('full pipes', async () => await isFull(pipe));
        for (const pod of pods) {
          const seen = await captureProcesses(pod);
          expect(
            seen.filter((line) => line.startsWith('tcpdump -i eth0')),
            pod.name,
          ).toHaveLength(5);
        }
        for (const run of runs) run.child.kill('SIGKILL');
        for (const run of runs) expect((await run.done).exitStatus).toBeNull();
        const left = async (): Promise<string[]> => (await Promise.all(pods.map(captureProcesses))).flat();
        await waitFor('an empty node', async () => (await left()).length === 0, CLEAN_MS);
        for (const pod of pods) expect(await debugContainers(testNamespace, pod.name)).toHaveLength(1);
      },
    );
  });
});

test('deleting a traced pod takes no longer than an untraced one', async () => {
  const pod = { node: 'node1', script: idle, gracePeriodSeconds: 20 } as const;
  await withPods({ traced: pod, untraced: pod, running: pod }, async ({ traced, untraced, running }) => {
    expect(
      (await start(['trace', `pod/${traced.name}`, '-n', testNamespace, '--duration', '1s']).done).stderr,
    ).toContain('Capturing on');
    const run = trace(running.name, ['-o', 'json']);
    await said(run, 'Capturing on');
    const [tracedMs = 0, untracedMs = 0, runningMs = 0] = await Promise.all(
      [traced, untraced, running].map(async ({ name }) => await deletionMs(name)),
    );
    expect(tracedMs).toBeLessThan(untracedMs + STOP_MS);
    expect(runningMs).toBeLessThan(untracedMs + STOP_MS);
    const end = await run.done;
    expect((JSON.parse(end.stdout) as Report).captures[0]?.problems.join(' ')).toContain(
      'was deleted during the capture',
    );
  });
});

async function deletionMs(name: string): Promise<number> {
  const startMs = performance.now();
  await cluster.kubectl(['delete', 'pod', name, '-n', testNamespace]);
  return performance.now() - startMs;
}

function makePipe(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

/** Whether a pipe takes no more: a writer that does not wait is told so. */
async function isFull(path: string): Promise<boolean> {
  await using writer = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  // Of a page or less, all is taken or nothing (pipe(7)).
  return await writer.write(Buffer.alloc(4096)).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EAGAIN',
  );
}

/** Packets of a capture file, as capinfos counts them; 0 while it has no header. */
function countPackets(file: string): number {
  if (!existsSync(file)) return 0;
  try {
    return Number(
      /(\d+)\s*$/.exec(
        execFileSync('capinfos', ['-c', '-M', file], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      )?.[1] ?? 0,
    );
  } catch {
    return 0;
  }
}
