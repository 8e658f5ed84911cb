import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from './failure.ts';

/** Where the runtime's parts were put, and the licences that go with them: file name → text. */
export interface Runtime {
  readonly files: readonly string[];
  readonly licences: Readonly<Record<string, string>>;
}

/**
 * Copies the Node that runs this script into `folder`, as users will get it. On Linux it is stripped and gets
 * the libatomic.so.1 that Node has needed since 25 and that stock distributions lack; macOS starts only the
 * signed original.
 */
export function copyRuntime(folder: string): Runtime {
  const source = realpathSync(process.execPath);
  const node = join(folder, 'node');
  const nodeLicence = join(dirname(source), '..', 'LICENSE');
  if (!existsSync(nodeLicence)) {
    fail("Node's licence is missing", `${nodeLicence} does not exist`, 'run npm ci, then npm run package');
  }
  copyFileSync(source, node);
  const licences = { 'node.txt': readFileSync(nodeLicence, 'utf8') };
  if (process.platform !== 'linux') return { files: [node], licences };

  if (!run('strip', [node]))
    console.error('note: strip (Debian package binutils) is absent: the archive is larger');
  if (!run('patchelf', ['--set-rpath', '$ORIGIN', node])) {
    fail('cannot pack Node for Linux', 'patchelf is not on the PATH', 'apt-get install patchelf binutils');
  }
  const library = join(folder, 'libatomic.so.1');
  copyFileSync(findLibatomic(), library);
  return { files: [node, library], licences: { ...licences, 'libatomic.txt': libatomicLicence() } };
}

/** Runs a tool; false if it is not installed. A tool that fails throws. */
function run(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Path of the machine's own libatomic.so.1: as the running Node has it loaded. */
function findLibatomic(): string {
  const mapped = readFileSync('/proc/self/maps', 'utf8').match(/\/\S*\/libatomic\.so\.1\S*/);
  if (mapped) return realpathSync(mapped[0]);
  return fail('libatomic.so.1 was not found', 'this Node does not load it', 'apt-get install libatomic1');
}

/** The texts that GPL-3.0 with the GCC Runtime Library Exception asks to hand on with the library. */
function libatomicLicence(): string {
  const places = [
    ['/usr/share/doc/libatomic1/copyright', '/usr/share/common-licenses/GPL-3'],
    ['/usr/share/licenses/libatomic/COPYING.RUNTIME', '/usr/share/licenses/libatomic/COPYING3'],
    ['/usr/share/licenses/libgcc/COPYING.RUNTIME', '/usr/share/licenses/libgcc/COPYING3'],
  ];
  const found = places.find((files) => files.every((file) => existsSync(file)));
  if (found === undefined) {
    return fail(
      'the licence of libatomic.so.1 was not found',
      `none of ${places.flat().join(', ')}`,
      'install the documentation of libatomic (Debian: reinstall libatomic1)',
    );
  }
  const head = 'libatomic.so.1 is a part of GCC, unmodified; its source is at https://gcc.gnu.org/.';
  return [head, ...found.map((file) => readFileSync(file, 'utf8').trim())].join('\n\n');
}
