import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../src/errors.ts';
import { run } from './command.ts';
import type { ClusterImage } from './images.ts';

const folders = ['bin', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'var', 'usr'];
const searchPath = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Loaded at run time by the C library for name look-ups, so that ldd does not name them. */
const nameServiceLibraries = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];
/** Beside the C library; iptables loads from it what prints the matches and targets of a rule. */
const filterExtensions = 'xtables';
/** tcpdump of Debian changes to the user tcpdump after it has opened the interface. */
const passwd =
  'root:x:0:0:root:/root:/bin/sh\ntcpdump:x:104:104::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n';
const group = 'root:x:0:\ntcpdump:x:104:\nnogroup:x:65534:\n';

/** Fills a folder with what an image holds: static busybox, this machine's programs and their shared libraries. */
export async function fillRootfs(rootfs: string, image: ClusterImage): Promise<void> {
  for (const folder of folders) mkdirSync(join(rootfs, folder), { recursive: true });
  mkdirSync(join(rootfs, 'tmp'));
  chmodSync(join(rootfs, 'tmp'), 0o1777);
  writeFileSync(join(rootfs, 'etc/passwd'), passwd);
  writeFileSync(join(rootfs, 'etc/group'), group);
  writeFileSync(join(rootfs, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
  for (const [path, source] of Object.entries(image.files)) copyInto(rootfs, source, path);
  for (const program of image.programs) await addProgram(rootfs, program);
  if (image.busybox) await addBusybox(rootfs);
}

/** Applets fill the gaps: where a real program is in the image, its name stays with it. */
async function addBusybox(rootfs: string): Promise<void> {
  copyInto(rootfs, '/bin/busybox', 'bin/busybox');
  for (const applet of (await run(['/bin/busybox', '--list'])).trim().split('\n')) {
    const path = join(rootfs, 'bin', applet);
    if (!existsSync(path)) symlinkSync('busybox', path);
  }
}

async function addProgram(rootfs: string, program: string): Promise<void> {
  const found = searchPath.map((folder) => join(folder, program)).find((path) => existsSync(path));
  if (found === undefined) {
    throw new UserError(
      `cannot pack an image with ${program}`,
      `it is in none of ${searchPath.join(', ')}`,
      'install the Debian package that holds it',
    );
  }
  copyInto(rootfs, found, join('bin', program));
  // Lines such as "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)"; the loader stands alone in its line.
  const libraries = [...(await run(['ldd', found])).matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(
    (match) => match[1] ?? '',
  );
  for (const library of libraries) copyInto(rootfs, library, library);
  const libraryFolder = dirname(libraries.find((path) => path.includes('libc.so')) ?? '/lib/x');
  for (const name of nameServiceLibraries) {
    const path = join(libraryFolder, name);
    if (existsSync(path)) copyInto(rootfs, path, path);
  }
  // Looked for below /usr, whether the C library is found there or by the link /lib.
  const extensions = join('/usr', libraryFolder.replace(/^\/usr/, ''), filterExtensions);
  if (program.startsWith('iptables')) cpSync(extensions, join(rootfs, extensions), { recursive: true });
}

function copyInto(rootfs: string, source: string, path: string): void {
  const target = join(rootfs, path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(realpathSync(source), target);
}
