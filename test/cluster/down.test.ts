import { afterAll, expect, test } from 'vitest';
import { cluster } from './cluster.ts';
import { takeDown } from './down.ts';
import { takeSnapshot } from './leftovers.ts';
import { withLock } from './lock.ts';
import { isRunning, recordedProcesses } from './processes.ts';
import { prepareBase, prepareSecurity, startScenario, findScenario } from './run-scenario.ts';
import { readStatus } from './status.ts';
import { bringUp } from './up.ts';

const up = async (): Promise<boolean> => await withLock('cluster', async () => await bringUp('bridge'));

// The files after this one expect the cluster that the global setup made.
afterAll(async () => {
  await up();
  await prepareBase();
  await prepareSecurity();
});

test('down leaves nothing behind, with pods, a fault and its traffic on', async () => {
  await withLock('cluster', takeDown);
  const before = await takeSnapshot();
  expect(before.processes).toEqual([]);
  expect(await up()).toBe(true);
  await startScenario(findScenario('node-ip-forward-off'));
  const during = await takeSnapshot();
  expect(during.processes.length).toBeGreaterThan(10);
  expect(during).not.toEqual(before);
  await withLock('cluster', takeDown);
  expect(await takeSnapshot()).toEqual(before);
});

test('up is idempotent, and repairs what a cut run left', async () => {
  expect(await up()).toBe(true);
  expect(await up()).toBe(false);
  const recorded = recordedProcesses();
  for (const { pid } of recorded) process.kill(pid, 'SIGKILL');
  await expect.poll(() => recorded.filter(isRunning)).toEqual([]);
  expect((await readStatus()).state).toBe('partial');
  expect(await up()).toBe(true);
  expect((await readStatus()).state).toBe('up');
  expect(await cluster.kubectl(['get', '--raw', '/readyz'])).toBe('ok');
});
