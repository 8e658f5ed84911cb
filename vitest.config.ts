import type { ViteUserConfig } from 'vitest/config';

/** The ordinary suite: no root, no cluster. What needs a cluster has its own configuration in `test/cluster`. */
const config: ViteUserConfig = {
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'test/package/**'],
    testTimeout: 20_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
};

export default config;
