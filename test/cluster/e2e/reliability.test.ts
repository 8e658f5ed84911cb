import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { cluster } from '../cluster.ts';
import { waitFor } from '../wait.ts';
import { captureProcesses } from './far-side.ts';
import { said, start, type RunEnd } from './netdebug.ts';
import { type PodRequest, serveBig, testNamespace, type TestPod, withPods } from './pods.ts';
import { type Fault, faults } from './reliability-faults.ts';

/*
 * What a capture does when the world around it breaks. NETDEBUG_FAULTS=all, or names with commas, tries more than CI
 * does (it disturbs the whole cluster) and writes what was seen into the table of docs/reliability.md.
 */

const folder = mkdtempSync(join(tmpdir(), 'netdebug-reliability-'));
afterAll(() => rmSync(folder, { recursive: true }));

const page = resolve(import.meta.dirname, '../../../docs/reliability.md');
const asked = process.env['NETDEBUG_FAULTS'];
const chosen = faults.filter(({ name, isCheap }) =>
  asked === undefined ? isCheap : asked === 'all' || asked.split(',').includes(name),
);

const askOften = 'while :; do curl -s -o /dev/null http://$SERVER:8080/nothing; sleep 0.1; done';
/** Beyond its own time a run may wait for a server that is silent, and say so. */
const graceSeconds = 40;
/**
 * Everything on the far side has ended after this: at its deadline, or a minute later where nobody takes the rest; a
 * node that was stopped has to go on first.
 */
const emptySeconds = 90;

/** What one fault led to. */
interface Seen {
  readonly end: RunEnd;
  readonly report: Report | null;
  /** From the fault to the end of the client. */
  readonly endSeconds: number;
  /** From then until nothing of the capture was left on the node. */
  readonly emptySeconds: number;
  /** Packets in the file; null: it has none. */
  readonly kept: number | null;
}

/** Traces the client while the fault happens. */
async function meet(fault: Fault, client: TestPod): Promise<Seen> {
  const file = (await fault.target?.(folder)) ?? join(folder, `${fault.name}.pcap`);
  const words = ['trace', `pod/${client.name}`, '-n', testNamespace, '-o', 'json', '-w', file];
  const bounds = ['--duration', `${fault.durationSeconds}s`];
  const run = start([...words, ...bounds, ...(fault.target === undefined ? [] : ['--max-bytes', '300KB'])]);
  const faulty = { run, client, file, folder };
  try {
    await said(run, 'Capturing on');
    await waitFor('packets', async () => existsSync(file) && statSync(file).size > 5000);
    const actedMs = performance.now();
    await fault.act(faulty);
    const end = await run.done;
    const endedMs = performance.now();
    const kept = packetsIn(file);
    await fault.undo?.(faulty);
    await waitFor(
      'an empty node',
      async () => (await leftOf(client.name, () => captureProcesses(client))).length === 0,
      emptySeconds * 1000,
    );
    return {
      end,
      report: end.stdout.trim() === '' ? null : (JSON.parse(end.stdout) as Report),
      endSeconds: (endedMs - actedMs) / 1000,
      emptySeconds: (performance.now() - endedMs) / 1000,
      kept,
    };
  } finally {
    run.child.kill('SIGKILL');
    await fault.undo?.(faulty);
  }
}

/** A pod that is gone has no processes. */
async function leftOf(pod: string, ask: () => Promise<string[]>): Promise<string[]> {
  const names = await cluster.kubectl(['get', 'pods', '-n', testNamespace, '-o', 'name']);
  return names.includes(pod) ? await ask() : [];
}

/** As capinfos counts them; it complains of a last record that is cut, and counts the others. */
function packetsIn(file: string): number | null {
  if (!existsSync(file)) return null;
  const { stdout } = spawnSync('capinfos', ['-c', '-M', file], { encoding: 'utf8' });
  return Number(/(\d+)\s*$/.exec(stdout)?.[1] ?? 0);
}

const server = { node: 'node2', script: serveBig } as const;
const client = { node: 'node1', script: askOften } as const;

/** What is not as it has to be. */
function violations(fault: Fault, seen: Seen): string[] {
  const problems = seen.report?.captures.flatMap((capture) => capture.problems) ?? [];
  const words = seen.report === null ? seen.end.stderr : problems.join(' ');
  if (asked !== undefined) writeRow(fault, seen, problems);
  const packets = seen.report?.captures[0]?.packets;
  return [
    ...(fault.expected.test(words) ? [] : [`${fault.title}: it says "${words}"`]),
    ...(seen.endSeconds < fault.durationSeconds + graceSeconds
      ? []
      : [`${fault.title}: it ended after ${seen.endSeconds} s`]),
    // What the report counts is in the file, no more and no less.
    ...(packets === undefined || packets === seen.kept
      ? []
      : [`${fault.title}: ${packets} packets in the report, ${seen.kept} in the file`]),
  ];
}

/** Pods' keys are names of variables too. */
const keyOf = (name: string): string => name.replaceAll('-', '');

test.runIf(asked === undefined)(
  'cut connections, deleted pods and full disks end in time with a true report',
  async () => {
    const clients: Readonly<Record<string, PodRequest>> = Object.fromEntries(
      chosen.map(({ name }) => [keyOf(name), client]),
    );
    await withPods<string, void>({ server, ...clients }, async (pods) => {
      const met = chosen.map(async (fault) => {
        const pod = pods[keyOf(fault.name)];
        return pod === undefined ? ['no pod'] : violations(fault, await meet(fault, pod));
      });
      expect((await Promise.all(met)).flat()).toEqual([]);
    });
  },
);

// One after the other: they disturb the whole cluster.
test.runIf(asked !== undefined).each(chosen.map((fault) => [fault.title, fault] as const))(
  '%s',
  async (_, fault) => {
    await withPods({ server, client }, async (pods) => {
      expect(violations(fault, await meet(fault, pods.client))).toEqual([]);
    });
  },
);

/** What was said instead of a report. */
function withoutReport({ exitStatus, stderr }: RunEnd): string {
  const lines = stderr.split('\n').filter((line) => /^(error:| {2}why:|What arrived)/.test(line));
  if (lines.length > 0) return lines.map((line) => line.trim()).join('; ');
  return exitStatus === null ? 'nothing: it was killed' : 'nothing: nobody read it';
}

function writeRow(fault: Fault, seen: Seen, problems: readonly string[]): void {
  const said =
    seen.report === null
      ? withoutReport(seen.end)
      : problems.map((problem) => problem.replace(/\.$/, '')).join('; ') || 'the whole capture';
  const outcome = seen.report === null ? 'no report' : seen.report.verdict.outcome;
  const shown = said
    .replaceAll(folder, 'FOLDER')
    .replace(/\/\S*\/netdebug-\S+\//g, '')
    .replaceAll('|', '\\|');
  const cells = [
    fault.title,
    shown,
    `${seen.endSeconds.toFixed(1)} s`,
    `${seen.emptySeconds.toFixed(1)} s`,
    `${outcome}, exit status ${seen.end.exitStatus ?? 'none'}, ${seen.kept ?? 0} packets kept`,
  ];
  const row = `| ${cells.join(' | ')} |`;
  const lines = readFileSync(page, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${fault.title} |`));
  if (at >= 0) lines[at] = row;
  else
    lines.splice(
      lines.findIndex((line) => line === '<!-- /faults -->'),
      0,
      row,
    );
  writeFileSync(page, lines.join('\n'));
}
