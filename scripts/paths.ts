import { join } from 'node:path';

/** The checkout. */
export const rootFolder: string = join(import.meta.dirname, '..');

/** Where everything that is built goes; not tracked. */
export const outputFolder: string = join(rootFolder, 'dist');

/** What the launcher starts; loads the program with its compiled code. */
export const startFile: string = join(outputFolder, 'app.cjs');

/** The program in one file, as `build.ts` makes it. */
export const programFile: string = join(outputFolder, 'program.cjs');

/** What V8 compiled of the program, see `code-cache.ts`. */
export const codeCacheFile: string = join(outputFolder, 'program.cache');

/** What the program takes of the Kubernetes client; loaded from beside the program when a cluster is needed. */
export const clientFile: string = join(outputFolder, 'kubernetes-client.cjs');

/** The program as it is shipped: all these lie side by side. */
export const shippedFiles: readonly string[] = [startFile, programFile, codeCacheFile, clientFile];

/** Licence texts of every package that is in the bundle. */
export const licencesFile: string = join(outputFolder, 'THIRD-PARTY-LICENSES.txt');

/** What the program reads at run time; these folders lie in the archive where they lie in the checkout. */
export const assetFolders: readonly string[] = ['recordings'];
