import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { fail } from './failure.ts';

const licenceFile = /^(licen[cs]e|copying|notice|unlicense)([-.][\w.-]+)?$/i;

/**
 * The licence texts of every package of which the bundles hold at least a byte, sorted by name. Ends the
 * script if a package brings none: nothing is shipped whose licence is not known.
 */
export function collectLicences(metafiles: readonly Metafile[], rootFolder: string): string {
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs));
  const contributions = outputs.flatMap((output) => Object.entries(output.inputs));
  const folders = contributions
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => packageFolder(path) ?? []);
  return [...new Set(folders)]
    .toSorted()
    .map((folder) => describePackage(join(rootFolder, folder)))
    .join('\n\n');
}

/** `node_modules/a/node_modules/@b/c` of a file anywhere inside it; undefined for our own files. */
function packageFolder(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

function describePackage(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const files = readdirSync(folder).filter((file) => licenceFile.test(file));
  if (files.length === 0) {
    fail(
      `no licence text for ${name} ${version}`,
      `${folder} holds none`,
      'replace the package, or ask its authors',
    );
  }
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const title = `${name} ${version} (${license ?? 'see below'})`;
  return `${title}\n${'='.repeat(title.length)}\n\n${texts.join('\n\n')}\n`;
}
