import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { fail } from './failure.ts';
import { clientFile } from './paths.ts';

/**
 * The Kubernetes client gets a file of its own, reduced to what `src/kube/` takes of it: with it the bundle is
 * 4.4 MB, and reading that alone makes `--version` three times as slow as `kubectl version --client`.
 */
const clientPackage = '@kubernetes/client-node';

/** An entry that exports the parts which the sources import, read from the sources so that none is forgotten. */
export function clientEntry(rootFolder: string): string {
  const files = globSync('src/kube/*.ts', { cwd: rootFolder });
  const names = new Set(
    files.flatMap((file) => importedNames(file, readFileSync(join(rootFolder, file), 'utf8'))),
  );
  if (names.size === 0)
    fail(
      'the Kubernetes client would be empty',
      `no file of src/kube/ imports a name of ${clientPackage}`,
      'see importedNames in this file',
    );
  if (names.size === 0)
    fail(
      'the bundle would hold no Kubernetes client',
      'no source in src/kube names a part of it',
      'see importedNames in scripts/kubernetes-client.ts',
    );
  return `export { ${[...names].toSorted().join(', ')} } from '${clientPackage}';`;
}

function importedNames(file: string, text: string): string[] {
  // `import type` leaves nothing behind.
  const imports = text.split(`'${clientPackage}'`).length - 1;
  const types = text.split(new RegExp(`import type [^;]* from '${clientPackage}'`)).length - 1;
  const taken = [
    ...text.matchAll(new RegExp(`import \\{([\\w, ]+)\\} from '${clientPackage}'`, 'g')),
    ...text.matchAll(new RegExp(`\\{([\\w, ]+)\\} = await import\\('${clientPackage}'\\)`, 'g')),
  ];
  if (taken.length + types < imports) {
    fail(
      `${file} takes the whole Kubernetes client`,
      'the bundle holds only parts that are named where they are imported',
      `write import { Name } from '${clientPackage}'`,
    );
  }
  return taken.flatMap((match) => match[1]!.split(',').map((name) => name.trim()));
}

/** In the program's own bundle: the client is the file beside it. */
export const clientBeside: Plugin = {
  name: 'client-beside',
  setup(build) {
    build.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({
      path: `./${basename(clientFile)}`,
      external: true,
    }));
  },
};

/** In the client's bundle: its modules do nothing when loaded, though its package.json does not say so. */
export const clientWithoutSideEffects: Plugin = {
  name: 'client-without-side-effects',
  setup(build) {
    build.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      const concerned = path === clientPackage || from.importer.includes(join('node_modules', clientPackage));
      if (pluginData === clientPackage || !concerned) return undefined;
      const resolved = await build.resolve(path, { ...from, pluginData: clientPackage });
      return { ...resolved, sideEffects: false };
    });
  },
};
