import type { Plugin } from 'esbuild';
import { rootFolder } from './paths.ts';

/** Modules of Node that take milliseconds to load and that most runs never call. */
const BUILTINS = ['crypto', 'http', 'https', 'net', 'os', 'tls', 'zlib', 'child_process', 'stream/promises'];
/** Packages of which that is true as well. */
const PACKAGES = ['tar-stream', 'yaml'];

/**
 * Loads some modules when they are first used: `analyze` of a plain capture needs neither sockets nor ciphers nor
 * decompressors, and `node:crypto` alone was a tenth of the time that it takes to start.
 */
export const lateModules: Plugin = {
  name: 'late-modules',
  setup(build) {
    build.onResolve(
      { filter: new RegExp(`^((node:)?(${BUILTINS.join('|')})|${PACKAGES.join('|')})$`) },
      ({ path, namespace }) => {
        const isPackage = PACKAGES.includes(path);
        if (namespace === 'late-modules') return isPackage ? undefined : { path, external: true };
        return { path: isPackage ? path : `node:${path.replace('node:', '')}`, namespace: 'late-modules' };
      },
    );
    build.onLoad({ filter: /./, namespace: 'late-modules' }, async ({ path }) => {
      const names = Object.keys((await import(path)) as object).filter((name) => name !== 'default');
      return { contents: lateModule(path, names), loader: 'js', resolveDir: rootFolder };
    });
  },
};

function lateModule(path: string, names: readonly string[]): string {
  return `for (const name of ${JSON.stringify(names)})
    Object.defineProperty(exports, name, { enumerable: true, get: () => require('${path}')[name] });`;
}
