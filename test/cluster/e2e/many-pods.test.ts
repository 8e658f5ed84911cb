import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { cluster } from '../cluster.ts';
import { installInto, MEMORY_KIB, watchMemory } from './installed.ts';
import { waitFor } from '../wait.ts';
import { said, start } from './netdebug.ts';
import { type PodRequest, serveBig, testNamespace, withPods } from './pods.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-many-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PODS = 20;
/** What each of them gets, and how fast. */
const DOWNLOAD_BYTES = 50_000_000;
/** Fifty seconds on an idle machine. */
const DOWNLOAD_MS = 200_000;
const download = `until [ -e /tmp/go ]; do sleep 0.2; done; curl -s --limit-rate 1M -r 0-${DOWNLOAD_BYTES - 1} -o /dev/null http://$SERVER:8080/big; touch /tmp/end; sleep 1000000`;

// Minutes, and a gigabyte of disk: asked for by NETDEBUG_HEAVY=1.
test.skipIf(process.env['NETDEBUG_HEAVY'] === undefined)(
  'twenty pods, 50 MB each: memory is bounded, all files are valid, the counters add up',
  async () => {
    const launcher = await installInto(join(folder, 'installed'));
    const clients = Array.from({ length: PODS }, (_, index): [string, PodRequest] => [
      `client${index}`,
      { node: index % 2 === 0 ? 'node1' : 'node2', script: download },
    ]);
    const requests: Record<string, PodRequest> = Object.fromEntries([
      ['server', { node: 'node2', script: serveBig }],
      ...clients,
    ]);
    await withPods(requests, async (pods) => {
      const names = clients.flatMap(([key]) => pods[key]?.name ?? []);
      const flags = [
        '--yes',
        '--duration',
        '5m',
        '--snaplen',
        '262144',
        '--max-bytes',
        '2GB',
        '--max-rate',
        '50MB',
      ];
      const words = ['trace', ...names.map((name) => `pod/${name}`), '-n', testNamespace, ...flags];
      const captures = join(folder, 'captures');
      const run = start([...words, '-w', `${captures}/`, '-o', 'json'], { program: [launcher] });
      const peakKib = watchMemory(run.child.pid ?? 0);
      await said(run, `Capturing at ${PODS} places`);
      await Promise.all(names.map(async (name) => await cluster.inPod(testNamespace, name, 'touch /tmp/go')));
      for (const name of names) {
        const isOver = async (): Promise<boolean> =>
          (await cluster.inPod(testNamespace, name, 'test -e /tmp/end')).exitStatus === 0;
        await waitFor(`the end of the download of ${name}`, isOver, DOWNLOAD_MS);
      }
      run.child.kill('SIGINT');
      const end = await run.done;
      const report = JSON.parse(end.stdout) as Report;
      expect(report.captures, end.stderr).toHaveLength(PODS);
      const bytes = report.captures.reduce((sum, capture) => sum + capture.bytes, 0);
      const context = `${bytes} bytes, at most ${peakKib()} KiB of memory`;
      expect(peakKib(), context).toBeGreaterThan(0);
      expect(peakKib(), context).toBeLessThanOrEqual(MEMORY_KIB);
      // A busy machine drops some, which is told.
      expect(bytes, context).toBeGreaterThan(PODS * DOWNLOAD_BYTES * 0.8);
      const files = readdirSync(captures).toSorted();
      for (const [index, capture] of report.captures.entries()) {
        const file = join(captures, files[index] ?? '');
        const counted = execFileSync('capinfos', ['-c', '-M', file], { encoding: 'utf8' });
        expect(Number(/(\d+)\s*$/.exec(counted)?.[1]), file).toBe(capture.packets);
        expect(capture, file).toMatchObject({ ended: 'interrupted', problems: [] });
      }
    });
  },
);
