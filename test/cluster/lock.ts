import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instance } from './instance.ts';
import { cacheFolder } from './paths.ts';
import { startTicksOf } from './processes.ts';
import { progress } from './progress.ts';
import { waitFor } from './wait.ts';

/**
 * `build`: making what the instances share; `cluster`: bringing one up and down; `scenario`: there is one client and
 * one fault at a time in each; `stage-1` and so on: a namespace with a client and faults of its own.
 */
export type LockName = 'build' | 'cluster' | 'scenario' | `stage-${number}`;

/** Runs `task` while nobody else of this user holds the lock. A lock whose holder is gone counts for nothing. */
export async function withLock<T>(name: LockName, task: () => Promise<T>): Promise<T> {
  return await withAnyLock([name], task);
}

/** As `withLock`, with the first of several locks that is free. */
export async function withAnyLock<T>(
  names: readonly LockName[],
  task: (name: LockName) => Promise<T>,
): Promise<T> {
  mkdirSync(cacheFolder, { recursive: true });
  let isTold = false;
  let held: LockName | undefined;
  await waitFor(
    `the run that holds ${names.map(fileOf).join(' or ')}`,
    async () => {
      held = names.find((name) => tryLock(fileOf(name)));
      if (held !== undefined) return true;
      if (!isTold) progress('waiting for another run of this program');
      isTold = true;
      return false;
    },
    20 * 60_000, // the first build takes minutes, and so does a row of scenarios
    200,
  );
  if (held === undefined) throw new Error(`no lock of ${names.join(', ')}`);
  try {
    return await task(held);
  } finally {
    rmSync(fileOf(held), { force: true });
  }
}

function fileOf(name: LockName): string {
  return join(cacheFolder, `${name === 'build' ? '' : instance.folderPrefix}${name}.lock`);
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
