import type { Plugin } from 'esbuild';

/** Modules of Node that take milliseconds to load and that most runs never call. */
const LATE = ['crypto', 'http', 'https', 'net', 'os', 'tls', 'zlib', 'child_process', 'stream/promises'];

/**
 * Loads some of Node's modules when they are first used: `analyze` of a plain capture needs neither sockets nor
 * ciphers nor decompressors, and `node:crypto` alone was a tenth of the time that it takes to start.
 */
export const lateBuiltins: Plugin = {
  name: 'late-builtins',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(node:)?(${LATE.join('|')})$`) }, ({ path, namespace }) =>
      namespace === 'late-builtins'
        ? { path, external: true }
        : { path: path.replace('node:', ''), namespace: 'late-builtins' },
    );
    build.onLoad({ filter: /./, namespace: 'late-builtins' }, async ({ path }) => {
      const names = Object.keys((await import(`node:${path}`)) as object).filter(
        (name) => name !== 'default',
      );
      return { contents: lateModule(path, names), loader: 'js' };
    });
  },
};

function lateModule(path: string, names: readonly string[]): string {
  return `for (const name of ${JSON.stringify(names)})
    Object.defineProperty(exports, name, { enumerable: true, get: () => require('node:${path}')[name] });`;
}
