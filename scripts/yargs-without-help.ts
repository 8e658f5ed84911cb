import { sep } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * yargs only reads flags here; the help pages are our own. What measures the width of text for its pages is
 * left out of the bundle: it builds regular expressions over all emoji as soon as it is loaded, which was a
 * fifth of the time that a command takes to start.
 */
export const yargsWithoutHelp: Plugin = {
  name: 'yargs-without-help',
  setup(build) {
    build.onResolve({ filter: /^string-width$/ }, ({ importer }) => {
      const isForHelp = ['yargs', 'cliui', 'wrap-ansi'].some((name) =>
        importer.includes(`${sep}node_modules${sep}${name}${sep}`),
      );
      return isForHelp ? { path: 'string-width', namespace: 'yargs-without-help' } : undefined;
    });
    build.onLoad({ filter: /./, namespace: 'yargs-without-help' }, () => ({
      contents: 'export default (text) => text.length;',
    }));
  },
};
