import type { Io } from '../io.ts';
import { version } from '../version.ts';
import { type Given, textOf } from './command.ts';

/** Prints versions: what a bug report needs. */
export async function runVersion(given: Given, io: Io): Promise<number> {
  const versions = {
    version,
    node: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
    reportSchema: '1.0',
  };
  const text =
    textOf(given, 'output') === 'json'
      ? JSON.stringify(versions, null, 2)
      : `kubectl-netdebug ${version} (Node ${versions.node}, ${versions.platform}, report schema ${versions.reportSchema})`;
  await io.stdout.write(`${text}\n`);
  return 0;
}
