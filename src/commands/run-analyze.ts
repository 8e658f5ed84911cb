import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CaptureOrigin } from '../bundle/bundle.ts';
import { isBundle } from '../bundle/open-bundle.ts';
import { unpackBundle } from '../bundle/unpack.ts';
import type { Facts } from '../cluster/facts.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { Crossing } from '../matching/crossing.ts';
import { Analysis, type AnalysisResult, judge } from '../pipeline.ts';
import { amount } from '../report/amounts.ts';
import { plainText } from '../report/plain-text.ts';
import type { Report } from '../report/report.ts';
import type { PacketFilter } from '../select/finding-packets.ts';
import { version } from '../version.ts';
import { compareCaptures } from './compare-captures.ts';
import { readNotes, writeNotes } from './capture-notes.ts';
import { feedFile, fileVantagePoint } from './capture-file.ts';
import type { Given } from './command.ts';
import { hashSeed } from './hash-seed.ts';
import { exitStatus, outputOptions } from './output-flags.ts';
import { writePackets } from './packet-file.ts';
import { printFrames, printReport, printSelected } from './print-report.ts';
import {
  filterOf,
  findingsWith,
  readRows,
  readSelected,
  type SelectionOptions,
  selectionOptions,
} from './selection.ts';
import { mergedVantages, writeMerged } from './merged-file.ts';
import { feedWatched } from './watch-stream.ts';

/** What files hold together: one result for each capture, and the facts of the bundle among them. */
export interface Analysed {
  readonly results: readonly AnalysisResult[];
  /** What the analysis was told about each of them: a bundle must tell it again. */
  readonly origins: readonly CaptureOrigin[];
  /** null: no bundle among the files, or one that was packed without a cluster. */
  readonly facts: Facts | null;
  /** Path of the bundle among the files; empty: there is none. */
  readonly bundle: string;
  /** What several captures show together. */
  readonly crossing: Crossing | undefined;
}

/** Analyses files and prints the report, or the evidence of one of its findings. */
export async function runAnalyze(given: Given, io: Io): Promise<number> {
  const options = outputOptions(given);
  const selection = selectionOptions(given);
  const { results, origins, facts, bundle, crossing } = await analyseFiles(
    given.operands,
    quietly(options, io, given.operands),
    async (files, compared) => await mergeIfAsked(files, compared, selection, io),
  );
  const report = judge(results, facts, { toolVersion: version, ...imageOf(origins), crossing });
  const [path = ''] = given.operands;
  if (bundle !== '' && (selection.frames !== undefined || selection.selected !== undefined))
    throw packed(bundle);
  if (!(await printPackets(path, report, selection, io)))
    await printReport(report, options.format, io.stdout, io);
  return exitStatus(report, options);
}

/** Without a selection --write merges the captures, as long as what is unpacked is there. */
async function mergeIfAsked(
  files: readonly AnalysedCapture[],
  { crossing, facts }: Pick<Analysed, 'crossing' | 'facts'>,
  { frames, selected: chosen, file }: SelectionOptions,
  io: Io,
): Promise<void> {
  if (file === undefined || chosen !== undefined || frames !== undefined) return;
  if (files.length < 2)
    throw new UserError(
      '--write needs --select, or several captures to merge',
      'it says where packets are written, not which',
      `kubectl netdebug analyze ${files[0]?.path ?? 'FILE'} --select finding=tcp-refused -w refused.pcap`,
    );
  const { packets, leftOut } = await writeMerged(files, crossing, file, io);
  // As with any capture of ours, what the cluster said lies beside it.
  if (facts !== null) await writeNotes(resolve(io.cwd, file), { origin: fileOrigin(file), facts });
  const rest = leftOut === 0 ? '' : `, ${amount(leftOut, 'packet')} without a time left out`;
  await io.stderr.write(
    `Saved     ${file}   ${amount(packets, 'packet')} of ${files.length} captures, clocks corrected${rest}\n`,
  );
}

/** With --quiet nothing is said while standard input is read. */
function quietly({ quiet }: { readonly quiet: boolean }, io: Io, paths: readonly string[]): Io {
  if (!quiet || !paths.includes('-')) return io;
  return { ...io, stderr: { isTty: false, widthCells: 0, write: async () => true } };
}

/** Writes or lists the packets that were asked for; whether they were listed, which takes the place of the report. */
async function printPackets(
  path: string,
  report: Report,
  { frames, selected, file }: SelectionOptions,
  io: Io,
): Promise<boolean> {
  if (selected !== undefined) {
    const filter = filterOf(report, selected.selection);
    if (file !== undefined) await keep(path, filter, selected.text, file, io);
    else {
      const { rows, count } = await readSelected(path, filter, io);
      await printSelected(report, selected.text, rows, count, io.stdout, io);
      return true;
    }
  }
  if (frames === undefined) return false;
  const findings = findingsWith(report, frames);
  const rows = await readRows(path, new Set(findings.flatMap((finding) => finding.frames)), io);
  await printFrames(report, findings, rows, io.stdout, io);
  return true;
}

/** Writes the selected packets and says so. */
async function keep(path: string, filter: PacketFilter, text: string, file: string, io: Io): Promise<void> {
  const { packets, leftOut } = await writePackets(path, filter, file, io);
  const rest = leftOut === 0 ? '' : `, ${amount(leftOut, 'packet')} that a pcap file cannot hold left out`;
  await io.stderr.write(`Saved     ${file}   ${amount(packets, 'packet')} of ${plainText(text)}${rest}\n`);
}

function packed(bundle: string): UserError {
  return new UserError(
    `packets cannot be selected from ${bundle}`,
    'it is a bundle',
    `unpack its capture first: tar -xzf ${bundle}`,
  );
}

/** The debug image that the captures were taken with, so that printed commands are the same again. */
export function imageOf(origins: readonly CaptureOrigin[]): { readonly image?: string } {
  const image = origins.find((origin) => origin.image !== '')?.image;
  return image === undefined ? {} : { image };
}

/**
 * Analyses captures and at most one bundle, in the given order. `whileOpen` may read them again. Throws UserError.
 */
export async function analyseFiles(
  paths: readonly string[],
  io: Io,
  whileOpen?: (
    files: readonly AnalysedCapture[],
    compared: Pick<Analysed, 'crossing' | 'facts'>,
  ) => Promise<void>,
): Promise<Analysed> {
  const analysed: AnalysedCapture[] = [];
  let known: { readonly path: string; readonly facts: Facts } | null = null;
  let bundle = '';
  // What is unpacked must stay until the captures have been compared.
  await using unpacked = new AsyncDisposableStack();
  for (const path of paths) {
    const isPacked = path !== '-' && (await isBundleFile(path, io));
    const opened = isPacked
      ? await analyseBundle(path, analysed.length, unpacked, io)
      : await analyseFile(path, analysed.length, io);
    if (isPacked) bundle = path;
    analysed.push(...opened.analysed);
    if (opened.facts === null) continue;
    if (known !== null) throw twoClusters(known.path, path);
    known = { path, facts: opened.facts };
  }
  const facts = known?.facts ?? null;
  const crossing = await compareCaptures(analysed, facts, io);
  await whileOpen?.(analysed, { crossing, facts });
  return {
    results: analysed.map(({ result }) => result),
    origins: analysed.map(({ origin }) => origin),
    facts,
    bundle,
    crossing,
  };
}

function twoClusters(first: string, second: string): UserError {
  return new UserError(
    `cannot analyse ${first} and ${second} together`,
    'each of them comes with the facts of its own cluster and time',
    `kubectl netdebug analyze ${second}`,
  );
}

interface Opened {
  readonly analysed: AnalysedCapture[];
  readonly facts: Facts | null;
}

/** A capture, with the notes beside it if this program took it. */
async function analyseFile(path: string, index: number, io: Io): Promise<Opened> {
  const notes = path === '-' ? null : await readNotes(resolve(io.cwd, path));
  const merged = path === '-' ? undefined : await mergedVantages(path, io);
  if (merged !== undefined) {
    const analysed: AnalysedCapture[] = [];
    for (const { origin, interfaces } of merged)
      analysed.push(await analyseCapture(path, origin, index + analysed.length, io, interfaces));
    return { analysed, facts: notes?.facts ?? null };
  }
  return {
    analysed: [await analyseCapture(path, notes?.origin ?? fileOrigin(path), index, io)],
    facts: notes?.facts ?? null,
  };
}

/** A file that cannot be opened is no bundle; reading it as a capture then says why. A pipe must be opened only once. */
async function isBundleFile(path: string, io: Io): Promise<boolean> {
  try {
    const found = await stat(resolve(io.cwd, path));
    return found.isFile() && (await isBundle(resolve(io.cwd, path)));
  } catch {
    return false;
  }
}

/** A capture and what it gave. */
interface AnalysedCapture {
  /** "-": standard input. */
  readonly path: string;
  readonly result: AnalysisResult;
  readonly origin: CaptureOrigin;
  /** Of a merged capture: the interfaces that are this vantage point. */
  readonly interfaces: ReadonlySet<number> | undefined;
}

/** Nothing is known about a file but its name. */
function fileOrigin(path: string): CaptureOrigin {
  return {
    vantagePoint: fileVantagePoint(path),
    node: '',
    addresses: [],
    container: '',
    dropped: null,
    ended: 'file',
    problems: [],
    bothDirections: false,
    image: '',
  };
}

async function analyseCapture(
  path: string,
  known: CaptureOrigin,
  index: number,
  io: Io,
  interfaces?: ReadonlySet<number>,
): Promise<AnalysedCapture> {
  const { vantagePoint, node, addresses, container } = known;
  const analysis = new Analysis(
    { vantagePoint, node, addresses, container },
    index,
    hashSeed(),
    1,
    interfaces,
  );
  const { problems } = path === '-' ? await feedWatched(analysis, io) : await feedFile(path, analysis, io);
  const origin =
    problems.length === 0 ? known : { ...known, ended: 'cut', problems: [...known.problems, ...problems] };
  return { path, result: analysis.end(origin), origin, interfaces };
}

async function analyseBundle(
  path: string,
  firstIndex: number,
  unpacked: AsyncDisposableStack,
  io: Io,
): Promise<Opened> {
  const opened = unpacked.use(await unpackBundle(resolve(io.cwd, path)));
  const analysed: AnalysedCapture[] = [];
  for (const { path: capturePath, origin } of opened.captures) {
    analysed.push(await analyseCapture(capturePath, origin, firstIndex + analysed.length, io));
  }
  return { analysed, facts: opened.facts };
}
