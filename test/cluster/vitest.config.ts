import type { ViteUserConfig } from 'vitest/config';
import { instance } from './instance.ts';

/** What is tested on a cluster: everything on the bridge, on others what differs there. */
const include: Readonly<Record<typeof instance.cni, readonly string[]>> = {
  bridge: ['test/cluster/**/*.test.ts'],
  cilium: ['test/cluster/down.test.ts', 'test/cluster/e2e/scenarios.test.ts'],
};

/** The cluster suite: root, one real cluster, one test at a time. */
const config: ViteUserConfig = {
  test: {
    include: [...include[instance.cni]],
    globalSetup: ['test/cluster/global-setup.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    // Seconds, if nobody else runs scenarios on this machine: a test waits for its turn.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
};

export default config;
