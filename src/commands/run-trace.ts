import { describePlan, type Plan } from '../capture/ladder.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { judge } from '../pipeline.ts';
import { plainText } from '../report/plain-text.ts';
import type { Place } from '../target/place.ts';
import { version } from '../version.ts';
import type { Given } from './command.ts';
import { compareCaptures } from './compare-captures.ts';
import { connectionValues } from './connection-values.ts';
import { leftBeforeReport, takeInterrupts, unlessInterrupted, unlessStopped } from './interrupts.ts';
import { exitStatus } from './output-flags.ts';
import { printReport } from './print-report.ts';
import { printRequests } from './print-requests.ts';
import { ticketName } from './ticket-name.ts';
import { planFiles, type TraceFiles } from './trace-files.ts';
import { keepCaptures, sayWhatArrived } from './trace-keep.ts';
import { type TraceOptions, traceOptions } from './trace-options.ts';
import { planPlaces, type PlaceStep, throwIfNone, valuesOf } from './trace-place.ts';
import { findScope } from './trace-scope.ts';
import type { PointResult } from './trace-point.ts';
import { type Captured, TraceSession } from './trace-session.ts';
import { keepFrom } from './trace-until.ts';

/** Complete, validate, run. */
export async function runTrace(given: Given, io: Io): Promise<number> {
  const options = traceOptions(given, io);
  const api = connect(connectionValues(given.values), io.env);
  try {
    return await trace(api, options, io);
  } finally {
    api.close();
  }
}

type Say = (line: string) => Promise<boolean>;

/** `trace` on a given connection; the result is the exit status. Throws UserError and ApiError. */
export async function trace(api: KubeConnection, options: TraceOptions, io: Io): Promise<number> {
  const say: Say = (line) => io.stderr.write(`${plainText(line)}\n`);
  using interrupts = takeInterrupts(io);
  const scope = await unlessStopped(interrupts, findScope(api, options));
  const { places } = scope;
  for (const remark of scope.remarks) await say(remark);
  if (options.isVerbose)
    await say(`API server ${api.server}, context ${api.context === '' ? '(none)' : api.context}`);
  const name = nameOf(places, io.now());
  const traceFiles = await planFiles({
    write: options.write,
    name,
    isSeveral: places.length > 1 || severalInterfaces(options),
    maxBytes: options.maxBytes,
    stdout: io.stdout,
    say: (line) => void say(line),
  });
  const plans = await planPlaces(api, places, options, interrupts);
  throwIfNone(plans);
  await sayPlans(plans, say);
  if (options.dryRun !== undefined) return await printRequests(valuesOf(plans), options.format, io);
  await using session = new TraceSession(api, options, scope, traceFiles, interrupts, io);
  await session.begin(plans);
  try {
    const captured = await session.finish();
    const made = conclude(captured, session, { name, files: traceFiles, options }, io);
    return await unlessInterrupted(interrupts, made, leftBeforeReport);
  } catch (error) {
    await sayWhatArrived(session.run.points, say);
    throw error;
  }
}

/** What a trace was asked for, as far as its end needs it. */
interface Asked {
  readonly name: string;
  readonly files: TraceFiles;
  readonly options: TraceOptions;
}

/** Compares, explains, prints and keeps; the result is the exit status. */
async function conclude(
  captured: Captured,
  session: TraceSession,
  { name, files, options }: Asked,
  io: Io,
): Promise<number> {
  const { points, facts } = captured;
  const results = await aroundFinding(captured, options, session.until.firstSeen, io);
  const comparable = results.map((result, index) => ({ ...result, path: points[index]?.store.path ?? '' }));
  const crossing = await compareCaptures(comparable, facts, io);
  const report = judge(
    results.map(({ result }) => result),
    facts,
    { toolVersion: version, image: options.image, crossing },
  );
  await printReport(report, options.format, options.write.kind === 'stdout' ? io.stderr : io.stdout, io);
  await keepCaptures({ name, points, results, facts, crossing, report }, files, options, io);
  return exitStatus(report, options);
}

/** With `--until`, what came long before the finding is not kept; what went to stdout has been read already. */
async function aroundFinding(
  { points, results }: Captured,
  { until, write }: TraceOptions,
  firstSeen: string,
  io: Io,
): Promise<readonly PointResult[]> {
  if (until === undefined || firstSeen === '' || write.kind === 'stdout') return results;
  const kept: PointResult[] = [];
  for (const [index, known] of results.entries()) {
    const { error, store } = points[index] ?? {};
    if (error !== undefined || store === undefined) kept.push(known);
    else {
      const from = { firstSeen, beforeMs: until.beforeMs };
      kept.push({ ...known, result: await keepFrom(store.path, known.origin, index, from, io) });
    }
  }
  return kept;
}

async function sayPlans(plans: readonly PlaceStep<Plan>[], say: Say): Promise<void> {
  for (const step of plans)
    await say(step.error === undefined ? `${describePlan(step.value)}.` : leftOut(step.error));
}

function leftOut(error: Error): string {
  return `left out: ${error.message}`;
}

function severalInterfaces({ interfaceNames }: TraceOptions): boolean {
  return interfaceNames.length > 1 || interfaceNames.includes('all');
}

/** After the first target: "netdebug-shop-checkout-20261121-1004". */
function nameOf([first]: readonly Place[], now: Date): string {
  if (first === undefined) throw new Error('no place');
  const namespace = first.kind === 'pod' ? first.pod.metadata.namespace : 'node';
  const asked = first.asked.startsWith('-l ') ? first.asked.slice(3) : (first.asked.split('/').at(-1) ?? '');
  return ticketName(namespace, asked, now);
}
