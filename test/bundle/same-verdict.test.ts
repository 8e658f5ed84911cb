import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../../src/cli.ts';
import type { Report } from '../../src/report/report.ts';
import { world } from '../commands/world.ts';
import { recorded, recordingNames, traceRecording } from '../demo/run-recording.ts';
import { scratchFolder } from './sample.ts';

/** Analyses a file where there is no kubeconfig, no cluster and no home. */
async function analyze(path: string): Promise<{ status: number; out: string; err: string }> {
  const io = world({ cwd: await scratchFolder() });
  const status = await main(['analyze', path, '-o', 'json'], io);
  return { status, out: io.out(), err: io.err() };
}

/** Traces a recording with --bundle; the report and the bundle's path. */
async function bundled(name: string): Promise<{ report: Report; status: number; path: string }> {
  const { report, status, folder } = await traceRecording(await recorded(name), ['--bundle']);
  const [file = ''] = (await readdir(folder)).filter((entry) => entry.endsWith('.tar.gz'));
  return { report, status, path: join(folder, file) };
}

test.each(recordingNames)('%s: the bundle gives the same report without the cluster', async (name) => {
  const { report, status, path } = await bundled(name);
  const again = await analyze(path);
  expect(again.status).toBe(status);
  expect(JSON.parse(again.out)).toEqual(report);
});

test('a changed byte is refused, with the name of the bundle and the place', async () => {
  const { path } = await bundled('service-selector-mismatch');
  const bytes = await readFile(path);
  const target = join(await scratchFolder(), 'changed.tar.gz');
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x40;
  await writeFile(target, bytes);
  const { status, out, err } = await analyze(target);
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(
    /cannot open the bundle changed\.tar\.gz\n {2}why: (?:the archive|captures\/000-pod-shop-client-eth0\.pcap|facts\.json|manifest\.json|report\.json|summary\.md): /,
  );
});
