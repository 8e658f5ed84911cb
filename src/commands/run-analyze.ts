import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { isBundle } from '../bundle/open-bundle.ts';
import { unpackBundle } from '../bundle/unpack.ts';
import type { Facts } from '../cluster/facts.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { Analysis, type AnalysisResult, judge } from '../pipeline.ts';
import { version } from '../version.ts';
import { feedFile, fileVantagePoint } from './capture-file.ts';
import type { Given } from './command.ts';
import { exitStatus, outputOptions } from './output-flags.ts';
import { printReport } from './print-report.ts';

/** What files hold together: one result for each capture, and the facts of the bundle among them. */
export interface Analysed {
  readonly results: readonly AnalysisResult[];
  /** null: no bundle among the files, or one that was packed without a cluster. */
  readonly facts: Facts | null;
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
  const results: AnalysisResult[] = [];
  let facts: Facts | null = null;
  let bundle = '';
  for (const path of paths) {
    if (path === '-' || !(await isBundleFile(path, io))) {
      results.push(await analyseCapture(path, results.length, io));
      continue;
    }
    if (bundle !== '') {
      throw new UserError(`cannot analyse ${bundle} and ${path} together`, 'each bundle has the facts of its own cluster and time', `kubectl netdebug analyze ${path}`);
    }
    bundle = path;
    const opened = await analyseBundle(path, results.length, io);
    results.push(...opened.results);
    facts = opened.facts;
  }
  return { results, facts };
}

/** A file that cannot be opened is no bundle; reading it as a capture then says why. */
async function isBundleFile(path: string, io: Io): Promise<boolean> {
  try {
    return await isBundle(resolve(io.cwd, path));
  } catch {
    return false;
  }
}

async function analyseCapture(path: string, index: number, io: Io): Promise<AnalysisResult> {
  const analysis = new Analysis({ vantagePoint: fileVantagePoint(path), node: '', addresses: [], container: '' }, index, hashSeed());
  const { problems } = await feedFile(path, analysis, io);
  return analysis.end({ dropped: null, ended: problems.length > 0 ? 'cut' : 'file', problems, bothDirections: false });
}

async function analyseBundle(path: string, firstIndex: number, io: Io): Promise<Analysed> {
  await using opened = await unpackBundle(resolve(io.cwd, path));
  const results: AnalysisResult[] = [];
  for (const { path: capturePath, origin } of opened.captures) {
    const analysis = new Analysis(origin, firstIndex + results.length, hashSeed());
    const { problems } = await feedFile(capturePath, analysis, io);
    results.push(analysis.end({ dropped: origin.dropped, ended: origin.ended, problems: [...origin.problems, ...problems], bothDirections: isOwnCapture(origin) }));
  }
  return { results, facts: opened.facts };
}

/** Chosen anew for each capture, so that nobody can prepare one whose conversations all fall into one hash chain. */
export function hashSeed(): number {
  return randomInt(2 ** 32);
}

/** A capture that this program took in a pod, where both directions pass. */
function isOwnCapture(origin: { readonly container: string }): boolean {
  return origin.container !== '';
}
