import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions, type BuildResult } from 'esbuild';
import { clientBeside, clientEntry, clientWithoutSideEffects } from './kubernetes-client.ts';
import { lateModules } from './late-modules.ts';
import { collectLicences } from './licences.ts';
import {
  clientFile,
  codeCacheFile,
  licencesFile,
  outputFolder,
  programFile,
  rootFolder,
  startFile,
} from './paths.ts';
import { yargsWithoutHelp } from './yargs-without-help.ts';

/**
 * `npm run build`: the program as one minified CommonJS file, and the Kubernetes client as another. CommonJS
 * because ES modules from disk cost about 20 ms at each start; few files because each costs a look-up.
 */
const shared = {
  absWorkingDir: rootFolder,
  bundle: true,
  // Names stay: they reach the user in `--verbose` stack traces, and giving them back at run time (`keepNames`) costs a
  // property definition for each closure.
  minifyWhitespace: true,
  minifySyntax: true,
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

/** As the launcher starts it: V8 takes compiled code only with the flags that it was compiled with. */
const nodeFlags = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];

mkdirSync(outputFolder, { recursive: true });
const program = await bundle({
  entryPoints: [join(rootFolder, 'src/main.ts')],
  outfile: programFile,
  plugins: [clientBeside, lateModules, yargsWithoutHelp],
  // A function that is given what Node gives to a module.
  banner: {
    js: `(function(require,__filename,__dirname){${shared.banner.js}`,
  },
  footer: { js: '})' },
});
writeFileSync(programFile, inAscii(readFileSync(programFile, 'utf8')));
const client = await bundle({
  stdin: { contents: clientEntry(rootFolder), resolveDir: rootFolder },
  outfile: clientFile,
  plugins: [clientWithoutSideEffects],
});
await bundle({ entryPoints: [join(rootFolder, 'scripts/start.ts')], outfile: startFile, banner: {} });
execFileSync(
  process.execPath,
  [
    ...nodeFlags,
    join(rootFolder, 'scripts/code-cache.ts'),
    programFile,
    codeCacheFile,
    join(rootFolder, 'recordings/dns-name-misspelt/capture.pcap'),
  ],
  { stdio: 'inherit' },
);
writeFileSync(licencesFile, collectLicences([program.metafile, client.metafile], rootFolder));
console.error(`built ${programFile} and ${clientFile}`);

/** Read as one byte for a character; esbuild leaves other characters in regular expressions only. */
function inAscii(text: string): string {
  return text.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
