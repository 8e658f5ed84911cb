import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Facts } from '../cluster/facts.ts';
import type { Io } from '../io.ts';
import { amount, byteSize } from '../report/amounts.ts';
import type { Report } from '../report/report.ts';
import type { Crossing } from '../matching/crossing.ts';
import { writeNotes } from './capture-notes.ts';
import { FILE_HEADER_BYTES } from './capture-store.ts';
import { writeMerged } from './merged-file.ts';
import { writeTicket } from './ticket.ts';
import type { TraceFiles } from './trace-files.ts';
import type { TraceOptions } from './trace-options.ts';
import type { PointResult, TracePoint } from './trace-point.ts';

/** A trace that has been judged. */
export interface Judged {
  /** Name of the bundle without ".tar.gz". */
  readonly name: string;
  readonly points: readonly TracePoint[];
  readonly results: readonly PointResult[];
  readonly facts: Facts;
  /** What several captures show together. */
  readonly crossing: Crossing | undefined;
  readonly report: Report;
}

/** Packs the ticket if it was asked for, and ends with the line that names the files and how to go on. */
export async function keepCaptures(
  judged: Judged,
  files: TraceFiles,
  options: TraceOptions,
  io: Io,
): Promise<void> {
  if (files.merged !== undefined) await merge(judged, files.merged, io);
  if (options.isBundled) return await packTicket(judged, files, options, io);
  if (files.merged !== undefined) return await discard(judged);
  const isEmpty = judged.results.every(({ result }) => result.capture.packets === 0);
  // Files of ours that hold nothing, or that nobody will be told of, are not left behind.
  if (!files.isUsers && (isEmpty || options.quiet)) return await discard(judged);
  if (!files.isUsers) await keepOurs(judged);
  const sizes = await Promise.all(judged.points.map(async ({ store }) => await store.sizeBytes()));
  const size = byteSize(sizes.reduce((sum, one) => sum + one, 0));
  const paths = judged.points.map(({ store }) => store.path);
  const [first = ''] = paths;
  const isOne = judged.points.length === 1;
  const where = isOne ? first : `${dirname(first)}/`;
  const what = isOne ? size : `${amount(judged.points.length, 'capture')}, ${size}`;
  const packed = isOne ? shellWord(first) : await patternOf(paths);
  await io.stderr.write(`Saved     ${where}   ${what}; for a ticket: kubectl netdebug bundle ${packed}\n`);
}

/** All captures in one file, on one clock. */
async function merge({ points, results, crossing }: Judged, path: string, io: Io): Promise<void> {
  const captures = results.map(({ origin }, index) => ({ path: points[index]?.store.path ?? '', origin }));
  const { packets, leftOut } = await writeMerged(captures, crossing, path, io);
  const rest = leftOut === 0 ? '' : `, ${amount(leftOut, 'packet')} without a time left out`;
  await io.stderr.write(
    `Saved     ${path}   ${amount(packets, 'packet')} of ${captures.length} captures${rest}\n`,
  );
}

async function packTicket(
  { name, points, results, facts, report }: Judged,
  files: TraceFiles,
  { isFull }: TraceOptions,
  io: Io,
): Promise<void> {
  const captures = results.map(({ origin }, index) => ({ path: points[index]?.store.path ?? '', origin }));
  const ticket = await writeTicket({ name, captures, facts, report, isFull }, io);
  await io.stderr.write(
    `Saved     ${ticket.path}   ${byteSize(ticket.sizeBytes)}, sha256 ${ticket.sha256}\n`,
  );
  if (!files.isUsers) for (const { store } of points) await store.discard();
}

async function discard({ points }: Judged): Promise<void> {
  for (const { store } of points) await store.discard();
}

/** The notes beside each capture make the same report of them later; the facts, which may be large, are kept once. */
async function keepOurs({ points, results, facts }: Judged): Promise<void> {
  for (const [index, { origin }] of results.entries()) {
    const store = points[index]?.store;
    if (store === undefined) continue;
    store.keep();
    await writeNotes(store.path, { origin, facts: index === 0 ? facts : null });
  }
}

/** One pattern for all of them, if it means no other file; else their paths. */
async function patternOf(paths: readonly string[]): Promise<string> {
  const folder = dirname(paths[0] ?? '');
  const there = (await readdir(folder)).filter((name) => name.endsWith('.pcap'));
  const isAll = there.length === paths.length && paths.every((path) => dirname(path) === folder);
  return isAll ? `${shellWord(folder)}/*.pcap` : paths.map(shellWord).join(' ');
}

/** A capture that failed or was left is not lost. */
export async function sayWhatArrived(
  points: readonly TracePoint[],
  say: (line: string) => Promise<unknown>,
): Promise<void> {
  for (const { store } of points) {
    const lengthBytes = await store.sizeBytes();
    if (lengthBytes <= FILE_HEADER_BYTES) continue;
    await say(
      `What arrived (${byteSize(lengthBytes)}) can be judged: kubectl netdebug analyze ${shellWord(store.path)}`,
    );
  }
}

/** As one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
