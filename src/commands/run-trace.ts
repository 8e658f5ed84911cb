import { defaults } from '../capture/defaults.ts';
import { describePlan, type Plan } from '../capture/ladder.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { judge } from '../pipeline.ts';
import { plainText } from '../report/plain-text.ts';
import { findPlaces, followed, type PlaceRequest } from '../target/find-places.ts';
import type { Place } from '../target/place.ts';
import { version } from '../version.ts';
import type { Given } from './command.ts';
import { connectionValues } from './connection-values.ts';
import { type Interrupts, takeInterrupts, unlessStopped } from './interrupts.ts';
import { exitStatus } from './output-flags.ts';
import { printReport } from './print-report.ts';
import { printRequests } from './print-requests.ts';
import { ticketName } from './ticket-name.ts';
import { planFiles } from './trace-files.ts';
import { keepCaptures, sayWhatArrived } from './trace-keep.ts';
import { type TraceOptions, traceOptions } from './trace-options.ts';
import { planPlaces, type PlaceStep, throwIfNone, valuesOf } from './trace-place.ts';
import { MAX_POINTS } from './trace-run.ts';
import { TraceSession } from './trace-session.ts';

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
  const request = { ...options.request, namespace: api.namespace, isFromNode: options.profile === 'node' };
  const places = await choosePlaces(api, request, options, say, interrupts);
  if (options.isVerbose)
    await say(`API server ${api.server}, context ${api.context === '' ? '(none)' : api.context}`);
  const name = nameOf(places, io.now());
  const files = await planFiles({
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
  await using session = new TraceSession(api, options, files, interrupts, io);
  await session.begin(plans);
  const { points, results, facts } = await session
    .finish(followed(request), places)
    .catch(async (error: unknown) => {
      await sayWhatArrived(session.run.points, say);
      throw error;
    });
  const report = judge(
    results.map(({ result }) => result),
    facts,
    { toolVersion: version, image: options.image },
  );
  await printReport(report, options.format, options.write.kind === 'stdout' ? io.stderr : io.stdout, io);
  await keepCaptures({ name, points, results, facts, report }, files, options, io);
  return exitStatus(report, options);
}

/** Finds the places and says what is to be known of them. Throws UserError for more than the user may have meant. */
async function choosePlaces(
  api: KubeConnection,
  request: PlaceRequest,
  options: TraceOptions,
  say: Say,
  interrupts: Interrupts,
): Promise<readonly Place[]> {
  const { places, left, warnings } = await unlessStopped(interrupts, findPlaces(api, request));
  for (const warning of warnings) await say(warning);
  for (const error of left) await say(leftOut(error));
  const most = options.isConfirmed ? MAX_POINTS : defaults.maxPods.value;
  if (places.length <= most) return places;
  throw new UserError(
    `${places.length} pods are too many to trace at once`,
    options.isConfirmed
      ? `a trace has ${MAX_POINTS} captures at most`
      : `${most} are the most without being asked for: each gets a debug container, and all share the line to the API server`,
    options.isConfirmed
      ? 'Name fewer of them: pod/NAME, or -l with a narrower selector'
      : 'Say that they are meant: --yes; or name fewer of them',
  );
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
