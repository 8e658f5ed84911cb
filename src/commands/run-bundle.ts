import { basename } from 'node:path';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { judge } from '../pipeline.ts';
import { byteSize } from '../report/amounts.ts';
import { version } from '../version.ts';
import { type Given, isGiven, textOf } from './command.ts';
import { analyseFiles, imageOf } from './run-analyze.ts';
import { writeTicket } from './ticket.ts';
import { ticketName } from './ticket-name.ts';

/** Analyses captures and packs them with the report. A bundle is a ticket already. */
export async function runBundle(given: Given, io: Io): Promise<number> {
  const paths = given.operands;
  if (paths.includes('-'))
    throw new UserError(
      'cannot bundle standard input',
      'the capture is read twice: to analyse and to cut it',
      'save it in a file first: kubectl netdebug bundle capture.pcap',
    );
  const { results, origins, facts, bundle, crossing } = await analyseFiles(paths, io);
  if (bundle !== '')
    throw new UserError(
      `${bundle} is a bundle already`,
      'it holds the capture, the facts and the report',
      `kubectl netdebug analyze ${bundle}`,
    );
  if (origins.length !== paths.length)
    throw new UserError(
      'a merged capture cannot be bundled',
      'its vantage points are captures of their own in a bundle',
      'bundle the captures that were merged: kubectl netdebug bundle A.pcap B.pcap',
    );
  const report = judge(results, facts, { toolVersion: version, ...imageOf(origins), crossing });
  const captures = origins.map((origin, index) => ({ path: paths[index] ?? '', origin }));
  const name =
    textOf(given, 'file') ??
    ticketName(
      'capture',
      basename(paths[0] ?? '').replace(/\.(pcap|pcapng|cap)?(\.gz|\.zst)?$/, ''),
      io.now(),
    );
  const packed = await writeTicket({ name, captures, facts, report, isFull: isGiven(given, 'full') }, io);
  await io.stdout.write(`${packed.path}\n`);
  await io.stderr.write(
    `${report.verdict.text}\nSaved     ${packed.path}   ${byteSize(packed.sizeBytes)}, sha256 ${packed.sha256}\n`,
  );
  return 0;
}
