import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions, type BuildResult } from 'esbuild';
import { clientBeside, clientEntry, clientWithoutSideEffects } from './kubernetes-client.ts';
import { collectLicences } from './licences.ts';
import { bundleFile, clientFile, licencesFile, outputFolder, rootFolder } from './paths.ts';
import { yargsWithoutHelp } from './yargs-without-help.ts';

/**
 * `npm run build`: the program as one minified CommonJS file, and the Kubernetes client as another. CommonJS
 * because ES modules from disk cost about 20 ms at each start; few files because each costs a look-up.
 */
const shared = {
  absWorkingDir: rootFolder,
  bundle: true,
  minify: true,
  // Names of errors and classes reach the user in `--verbose` stack traces.
  keepNames: true,
  platform: 'node',
  format: 'cjs',
  target: 'node26',
  legalComments: 'none',
  metafile: true,
  // A late import() becomes a late require(): no second module loader at start.
  supported: { 'dynamic-import': false },
  // CommonJS has no import.meta; packages that are ES modules ask it where they are.
  define: { 'import.meta.url': 'bundleUrl', 'import.meta.dirname': '__dirname' },
  banner: { js: 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
  // ws uses these native modules where they are installed, and does without otherwise.
  external: ['bufferutil', 'utf-8-validate'],
  logLevel: 'warning',
} as const satisfies BuildOptions;

async function bundle(options: BuildOptions): Promise<BuildResult<{ metafile: true }>> {
  return await build({ ...shared, ...options, metafile: true }).catch(() => process.exit(1)); // esbuild has said why
}

mkdirSync(outputFolder, { recursive: true });
const program = await bundle({
  entryPoints: [join(rootFolder, 'src/main.ts')],
  outfile: bundleFile,
  plugins: [clientBeside, yargsWithoutHelp],
});
const client = await bundle({
  stdin: { contents: clientEntry(rootFolder), resolveDir: rootFolder },
  outfile: clientFile,
  plugins: [clientWithoutSideEffects],
});
writeFileSync(licencesFile, collectLicences([program.metafile, client.metafile], rootFolder));
console.error(`built ${bundleFile} and ${clientFile}`);
