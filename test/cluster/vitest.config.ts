import type { ViteUserConfig } from 'vitest/config';

/** The cluster suite: root, one real cluster, one test at a time. */
const config: ViteUserConfig = {
  test: {
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/cluster/global-setup.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};

export default config;
