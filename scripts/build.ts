import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { collectLicences } from './licences.ts';
import { bundleFile, licencesFile, outputFolder, rootFolder } from './paths.ts';

/**
 * `npm run build`: the program as one minified CommonJS file. CommonJS because ES modules from disk cost
 * about 20 ms at each start; one file because each further file costs a look-up.
 */
mkdirSync(outputFolder, { recursive: true });
const { metafile } = await build({
  absWorkingDir: rootFolder,
  entryPoints: [join(rootFolder, 'src/main.ts')],
  outfile: bundleFile,
  bundle: true,
  minify: true,
  // Names of errors and classes reach the user in `--verbose` stack traces.
  keepNames: true,
  platform: 'node',
  format: 'cjs',
  target: 'node26',
  legalComments: 'none',
  metafile: true,
  // CommonJS has no import.meta; packages that are ES modules ask it where they are.
  define: { 'import.meta.url': 'bundleUrl', 'import.meta.dirname': '__dirname' },
  banner: { js: 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
  // ws uses these native modules where they are installed, and does without otherwise.
  external: ['bufferutil', 'utf-8-validate'],
  logLevel: 'warning',
});
writeFileSync(licencesFile, collectLicences(metafile, rootFolder));
console.error(`built ${bundleFile}`);
