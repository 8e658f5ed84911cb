import { basename } from 'node:path';
import { UserError } from '../errors.ts';

/** The one form of a refused bundle: which bundle, which entry, why. */
export function refusal(path: string, entry: string, reason: string, cause?: unknown): UserError {
  return new UserError(
    `cannot open the bundle ${printable(basename(path))}`,
    `${entry}: ${reason}`,
    'ask for the bundle again, as kubectl-netdebug wrote it; a plain capture is read with: kubectl netdebug analyze FILE.pcap',
    cause === undefined ? {} : { cause },
  );
}

/** Text from an archive, fit for a terminal: at most 200 characters, all of them visible ASCII. */
export function printable(name: string): string {
  return name
    .slice(0, 200)
    .replace(/[^\x20-\x7e]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`);
}
