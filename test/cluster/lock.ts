import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './paths.ts';
import { startTicksOf } from './processes.ts';
import { progress } from './progress.ts';
import { waitFor } from './wait.ts';

const lockFile = join(cacheFolder, 'lock');

/** Runs `task` while no other `up` or `down` of this user runs. A lock whose holder is gone counts for nothing. */
export async function withLock<T>(task: () => Promise<T>): Promise<T> {
  mkdirSync(cacheFolder, { recursive: true });
  let isTold = false;
  await waitFor(
    `the run that holds ${lockFile}`,
    async () => {
      if (tryLock()) return true;
      if (!isTold) progress('waiting for another run of this program');
      isTold = true;
      return false;
    },
    20 * 60_000, // the first build takes minutes
    200,
  );
  try {
    return await task();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function tryLock(): boolean {
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
