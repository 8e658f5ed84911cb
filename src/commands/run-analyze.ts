import { resolve } from 'node:path';
import type { CaptureOrigin } from '../bundle/bundle.ts';
import { isBundle } from '../bundle/open-bundle.ts';
import { unpackBundle } from '../bundle/unpack.ts';
import type { Facts } from '../cluster/facts.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { Analysis, type AnalysisResult, judge } from '../pipeline.ts';
import { version } from '../version.ts';
import { feedFile, fileVantagePoint } from './capture-file.ts';
import type { Given } from './command.ts';
import { hashSeed } from './hash-seed.ts';
import { exitStatus, outputOptions } from './output-flags.ts';
import { printReport } from './print-report.ts';

/** What files hold together: one result for each capture, and the facts of the bundle among them. */
export interface Analysed {
  readonly results: readonly AnalysisResult[];
  /** What the analysis was told about each of them: a bundle must tell it again. */
  readonly origins: readonly CaptureOrigin[];
  /** null: no bundle among the files, or one that was packed without a cluster. */
  readonly facts: Facts | null;
  /** Path of the bundle among the files; empty: there is none. */
  readonly bundle: string;
}

/** Analyses files and prints the report. */
export async function runAnalyze(given: Given, io: Io): Promise<number> {
  const options = outputOptions(given);
  const { results, facts } = await analyseFiles(given.operands, io);
  const report = judge(results, facts, { toolVersion: version });
  await printReport(report, options.format, io.stdout, io);
  return exitStatus(report, options);
}

/** Analyses captures and at most one bundle, in the given order. Throws UserError. */
export async function analyseFiles(paths: readonly string[], io: Io): Promise<Analysed> {
  const analysed: AnalysedCapture[] = [];
  let facts: Facts | null = null;
  let bundle = '';
  for (const path of paths) {
    if (path === '-' || !(await isBundleFile(path, io))) {
      analysed.push(await analyseCapture(path, fileOrigin(path), analysed.length, io));
      continue;
    }
    if (bundle !== '') {
      throw new UserError(`cannot analyse ${bundle} and ${path} together`, 'each bundle has the facts of its own cluster and time', `kubectl netdebug analyze ${path}`);
    }
    bundle = path;
    const opened = await analyseBundle(path, analysed.length, io);
    analysed.push(...opened.analysed);
    facts = opened.facts;
  }
  return { results: analysed.map(({ result }) => result), origins: analysed.map(({ origin }) => origin), facts, bundle };
}

/** A file that cannot be opened is no bundle; reading it as a capture then says why. */
async function isBundleFile(path: string, io: Io): Promise<boolean> {
  try {
    return await isBundle(resolve(io.cwd, path));
  } catch {
    return false;
  }
}

interface AnalysedCapture {
  readonly result: AnalysisResult;
  readonly origin: CaptureOrigin;
}

/** Nothing is known about a file but its name. */
function fileOrigin(path: string): CaptureOrigin {
  return { vantagePoint: fileVantagePoint(path), node: '', addresses: [], container: '', dropped: null, ended: 'file', problems: [], bothDirections: false };
}

async function analyseCapture(path: string, known: CaptureOrigin, index: number, io: Io): Promise<AnalysedCapture> {
  const analysis = new Analysis(known, index, hashSeed());
  const { problems } = await feedFile(path, analysis, io);
  const origin = problems.length === 0 ? known : { ...known, ended: 'cut', problems: [...known.problems, ...problems] };
  return { result: analysis.end(origin), origin };
}

async function analyseBundle(path: string, firstIndex: number, io: Io): Promise<{ analysed: AnalysedCapture[]; facts: Facts | null }> {
  await using opened = await unpackBundle(resolve(io.cwd, path));
  const analysed: AnalysedCapture[] = [];
  for (const { path: capturePath, origin } of opened.captures) {
    analysed.push(await analyseCapture(capturePath, origin, firstIndex + analysed.length, io));
  }
  return { analysed, facts: opened.facts };
}
