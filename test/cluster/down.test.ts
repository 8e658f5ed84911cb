import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { cluster } from './cluster.ts';
import { takeDown } from './down.ts';
import { instance } from './instance.ts';
import { takeSnapshot, type MachineSnapshot } from './leftovers.ts';
import { withLock } from './lock.ts';
import { isRunning, recordedProcesses } from './processes.ts';
import { prepareBase, prepareSecurity, startScenario, findScenario } from './run-scenario.ts';
import { readStatus } from './status.ts';
import { bringUp } from './up.ts';

/** A fault whose traffic hangs. */
const FAULT: Readonly<Record<typeof instance.cni, string>> = {
  bridge: 'node-ip-forward-off',
  cilium: 'networkpolicy-denies',
};

const up = async (): Promise<boolean> => await withLock('cluster', bringUp);
const down = async (): Promise<void> => await withLock('cluster', takeDown);

test('down leaves nothing behind, with pods, a fault and its traffic on', async () => {
  await withClusterToSpare(async () => {
    await down();
    const before = await takeSnapshot();
    expect(before.processes).toEqual([]);
    expect(await up()).toBe(true);
    await startScenario(findScenario(FAULT[instance.cni]));
    const during = await takeSnapshot();
    expect(during.processes.length).toBeGreaterThan(10);
    const changed = Object.entries(during).filter(
      ([part, now]) => !isDeepStrictEqual(now, before[part as keyof MachineSnapshot]),
    );
    // Every part is seen to change, so that equality below says something; firewall rules of the root never do.
    expect(changed.map(([part]) => part).toSorted()).toEqual(
      Object.keys(before)
        .filter((part) => part !== 'firewallRules')
        .toSorted(),
    );
    await down();
    // What others made before may go meanwhile, such as pods of the other cluster; what counts is that none is left over.
    const after = Object.entries(await takeSnapshot());
    const leftOver = after.map(([part, now]) => [
      part,
      now.filter((entry: string) => !before[part as keyof MachineSnapshot].includes(entry)),
    ]);
    expect(leftOver).toEqual(after.map(([part]) => [part, []]));
  });
});

test.runIf(instance.cni === 'bridge')('up is idempotent, and repairs what a cut run left', async () => {
  await withClusterToSpare(async () => {
    await up();
    expect(await up()).toBe(false);
    const recorded = recordedProcesses();
    for (const { pid } of recorded) process.kill(pid, 'SIGKILL');
    await expect.poll(() => recorded.filter(isRunning)).toEqual([]);
    expect((await readStatus()).state).toBe('partial');
    expect(await up()).toBe(true);
    expect((await readStatus()).state).toBe('up');
    expect(await cluster.kubectl(['get', '--raw', '/readyz'])).toBe('ok');
  });
});

/** Nobody else runs a scenario meanwhile, and the cluster is as the global setup made it afterwards. */
async function withClusterToSpare(task: () => Promise<void>): Promise<void> {
  await withLock('scenario', async () => {
    try {
      await task();
    } finally {
      await up();
      await prepareBase();
      await prepareSecurity();
    }
  });
}
