import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instance } from './instance.ts';
import { cacheFolder } from './paths.ts';
import { startTicksOf } from './processes.ts';
import { progress } from './progress.ts';
import { waitFor } from './wait.ts';

/**
 * `build`: making what the instances share; `cluster`: bringing one up and down; `scenario`: there is one client and
 * one fault at a time in each.
 */
type LockName = 'build' | 'cluster' | 'scenario';

/** Runs `task` while nobody else of this user holds the lock. A lock whose holder is gone counts for nothing. */
export async function withLock<T>(name: LockName, task: () => Promise<T>): Promise<T> {
  const lockFile = join(cacheFolder, `${name === 'build' ? '' : instance.folderPrefix}${name}.lock`);
  mkdirSync(cacheFolder, { recursive: true });
  let isTold = false;
  await waitFor(
    `the run that holds ${lockFile}`,
    async () => {
      if (tryLock(lockFile)) return true;
      if (!isTold) progress('waiting for another run of this program');
      isTold = true;
      return false;
    },
    20 * 60_000, // the first build takes minutes, and so does a row of scenarios
    200,
  );
  try {
    return await task();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function tryLock(lockFile: string): boolean {
  const mine = `${process.pid} ${startTicksOf(process.pid)}`;
  try {
    writeFileSync(lockFile, mine, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const [pid = '', startTicks = ''] = readFileSync(lockFile, 'utf8').split(' ');
  if (startTicks === '' || startTicksOf(Number(pid)) !== startTicks) rmSync(lockFile, { force: true });
  return false;
}
