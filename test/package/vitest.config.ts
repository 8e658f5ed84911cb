import type { ViteUserConfig } from 'vitest/config';

/** The release archive: apart from the ordinary suite because it needs patchelf and packs 120 MB. */
const config: ViteUserConfig = {
  test: { include: ['test/package/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 240_000 },
};

export default config;
