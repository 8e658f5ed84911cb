import { access, chmod, constants, realpath, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { type Given, isGiven } from './command.ts';

/** kubectl ≥ 1.26 runs a program of this name on the PATH to complete `kubectl netdebug …`. */
const PROGRAM = 'kubectl_complete-netdebug';

const SCRIPT = `#!/bin/sh
# kubectl runs this to complete \`kubectl netdebug\`.
exec kubectl netdebug __complete "$@"
`;

/** Prints the completion program, or puts it where kubectl finds it. */
export async function runCompletion(given: Given, io: Io): Promise<number> {
  if (!isGiven(given, 'install')) {
    await io.stderr.write(
      `Save this as ${PROGRAM}, executable, on the PATH; or: kubectl netdebug completion --install\n`,
    );
    await io.stdout.write(SCRIPT);
    return 0;
  }
  const path = join(await installFolder(io), PROGRAM);
  try {
    await writeFile(path, SCRIPT, { mode: 0o755, flag: 'wx' });
    await chmod(path, 0o755);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, error);
    await io.stderr.write(`${path} is there already.\n`);
    return 0;
  }
  await io.stderr.write(
    `${path} written. kubectl completes this plugin in new shells, if kubectl's own completion is set up.\n`,
  );
  return 0;
}

/** The folder on the PATH that holds the plugin itself and may be written to. */
async function installFolder(io: Io): Promise<string> {
  const folders = (io.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const found = await Promise.all([
      realpath(join(folder, 'kubectl-netdebug')).then(
        () => true,
        () => false,
      ),
      access(folder, constants.W_OK).then(
        () => true,
        () => false,
      ),
    ]);
    if (found.every(Boolean)) return folder;
  }
  throw new UserError(
    'cannot install the completion',
    'no folder of the PATH holds kubectl-netdebug and may be written to by this user',
    `kubectl netdebug completion > ~/.local/bin/${PROGRAM} && chmod +x ~/.local/bin/${PROGRAM}`,
  );
}

function unwritable(path: string, error: unknown): UserError {
  return new UserError(
    `cannot write ${path}`,
    error instanceof Error ? error.message : String(error),
    `kubectl netdebug completion > ~/.local/bin/${PROGRAM}`,
    { cause: error },
  );
}
