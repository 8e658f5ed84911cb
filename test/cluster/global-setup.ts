import { withLock } from './lock.ts';
import { prepareBase, prepareSecurity, stopScenario } from './run-scenario.ts';
import { bringUp } from './up.ts';

/** Brings the cluster up if it is not, undoes what a cut run left on, and deploys the base. It stays up afterwards. */
export async function setup(): Promise<void> {
  await withLock('cluster', bringUp);
  await withLock('scenario', async () => {
    await stopScenario();
    await prepareBase();
    await prepareSecurity();
  });
}
