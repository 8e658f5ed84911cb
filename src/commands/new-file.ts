import { openSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';

/**
 * Opens a new file for packets (mode 0600) and returns its descriptor. Throws UserError, also if there is such a file:
 * it may be one of the captures that are read. `example` is the flag as it should be written.
 */
export function createNewFile(target: string, example: string, io: Io): number {
  try {
    return openSync(resolve(io.cwd, target), 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(
      `cannot write ${target}`,
      code === 'EEXIST' ? 'there is such a file already, and it may be the capture itself' : message,
      `choose a new name in a folder that exists: ${example}`,
      { cause: error },
    );
  }
}
