import { join } from 'node:path';
import { rootFolder } from '../paths.ts';
import { readCaptures } from './packets.ts';
import { checkPrefixes, checkSnapLengths, checkTruncations } from './truncations.ts';

/*
 * `node scripts/fuzz/truncate.ts`: every truncation length of every capture up to 64 KiB, and every snap length of
 * every frame in them. The tests take samples of it; this takes minutes.
 */
const MAX_BYTES = 64 * 1024;
const corpora = process.env['NETDEBUG_CORPORA'] ?? join(rootFolder, '../shared/corpora');
const captures = readCaptures([join(rootFolder, 'recordings'), corpora]).filter(
  ({ bytes }) => bytes.length <= MAX_BYTES,
);
const checked = { truncations: 0, prefixes: 0, snapLengths: 0 };
for (const { bytes, frames } of captures) {
  checked.truncations += checkTruncations(bytes, bytes.keys());
  checked.prefixes += checkPrefixes(bytes, 1);
  for (const frame of frames) checked.snapLengths += checkSnapLengths(frame, 1);
}
console.log(
  `${captures.length} captures: ${checked.truncations} truncations, ${checked.prefixes} analyses of what they leave, ` +
    `${checked.snapLengths} snap lengths of frames; no exception, nothing read behind a cut`,
);
