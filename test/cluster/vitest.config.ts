import type { ViteUserConfig } from 'vitest/config';

/** The cluster suite: root, one real cluster, one test at a time. */
const config: ViteUserConfig = {
  test: {
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/cluster/global-setup.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    // Seconds, if nobody else runs scenarios on this machine: a test waits for its turn.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
};

export default config;
