import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { shippedFiles } from '../../../scripts/paths.ts';
import { run } from '../command.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Memory that the program may take at most, as shipped. */
export const MEMORY_KIB: number = 192 * 1024;

/** Builds the program as it is shipped into a folder, the bundle in `lib/` with Node beside it; gives the path of its launcher in `bin/`. */
export async function installInto(folder: string): Promise<string> {
  await run([process.execPath, join(root, 'scripts/build.ts')]);
  for (const name of ['bin', 'lib']) mkdirSync(join(folder, name), { recursive: true });
  for (const file of shippedFiles)
    copyFileSync(file, join(folder, 'lib', file.slice(file.lastIndexOf('/') + 1)));
  const launcher = join(folder, 'bin/kubectl-netdebug');
  copyFileSync(join(root, 'bin/kubectl-netdebug'), launcher);
  symlinkSync(process.execPath, join(folder, 'lib/node'));
  return launcher;
}

/** Peak of a process's resident memory (VmHWM in proc(5)), read until it has ended. */
export function watchMemory(pid: number): () => number {
  let peakKib = 0;
  const timer = setInterval(() => {
    try {
      peakKib = Number(
        /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? peakKib,
      );
    } catch {
      clearInterval(timer); // it has ended
    }
  }, 50);
  return () => peakKib;
}
