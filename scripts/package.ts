import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { folderEntries, writeArchive, type ArchiveEntry } from './archive.ts';
import { fail } from './failure.ts';
import { archiveName, fillManifest, thisPlatform } from './krew.ts';
import { assetFolders, licencesFile, outputFolder, rootFolder, shippedFiles } from './paths.ts';
import { copyRuntime } from './runtime.ts';

/**
 * `npm run package`: the archive for this machine's platform, and its line in the krew manifest. In the archive
 * everything lies where the checkout has it, but for `lib/`: the program and the Node that runs it.
 */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: outputFolder },
    manifest: { type: 'string', default: join(rootFolder, 'krew-manifest.yaml') },
  },
});

const missing = shippedFiles.find((file) => !existsSync(file));
if (missing !== undefined) fail('there is nothing to pack', `${missing} does not exist`, 'npm run build');
const platform = thisPlatform();
if (platform.os === 'windows') {
  fail(
    'no archive for Windows yet',
    'the launcher is a POSIX shell script',
    'run npm run package on Linux or macOS',
  );
}

const atRoot = (name: string, executable: boolean): ArchiveEntry => ({
  name,
  content: { path: join(rootFolder, name) },
  executable,
});
const inLib = (path: string, executable: boolean): ArchiveEntry => ({
  name: `lib/${basename(path)}`,
  content: { path },
  executable,
});

const stage = mkdtempSync(join(tmpdir(), 'netdebug-package-'));
try {
  const runtime = copyRuntime(stage);
  const licences = Object.entries(runtime.licences).map(([name, text]): ArchiveEntry => ({
    name: `licenses/${name}`,
    content: { text },
    executable: false,
  }));
  const entries = [
    atRoot('LICENSE', false),
    atRoot('bin/kubectl-netdebug', true),
    atRoot('bin/kubectl_complete-netdebug', true),
    ...shippedFiles.map((path) => inLib(path, false)),
    ...runtime.files.map((path) => inLib(path, basename(path) === 'node')),
    ...licences,
    { name: 'licenses/third-party.txt', content: { path: licencesFile }, executable: false },
    ...assetFolders.flatMap((folder) => folderEntries(join(rootFolder, folder), folder)),
  ];
  mkdirSync(values.out, { recursive: true });
  const archive = join(values.out, archiveName(packageJson.version, platform));
  const sha256 = await writeArchive(archive, entries);
  fillManifest(values.manifest, packageJson.version, platform, sha256);
  console.error(`packed ${archive}, ${Math.round(statSync(archive).size / 1e6)} MB, sha256 ${sha256}`);
} finally {
  rmSync(stage, { recursive: true });
}
