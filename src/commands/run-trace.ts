import type { CaptureOrigin } from '../bundle/bundle.ts';
import { chooseInterface, readResolver } from '../capture/container-facts.ts';
import type { DebugContainer } from '../capture/debug-container.ts';
import { defaults } from '../capture/defaults.ts';
import { compileFilter, excludeOwnStream } from '../capture/filter.ts';
import { describePlan, planDebugContainer } from '../capture/ladder.ts';
import { type CaptureEnd, startCapture } from '../capture/running-capture.ts';
import { collectFacts } from '../cluster/collect.ts';
import type { Facts } from '../cluster/facts.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { Analysis, type AnalysisResult, judge } from '../pipeline.ts';
import { byteSize } from '../report/amounts.ts';
import { plainText } from '../report/plain-text.ts';
import type { Report } from '../report/report.ts';
import { checkPod } from '../target/check-pod.ts';
import { findPod } from '../target/find-pod.ts';
import { parseTarget } from '../target/parse-target.ts';
import type { PodObject } from '../target/pod-object.ts';
import { version } from '../version.ts';
import { writeNotes } from './capture-notes.ts';
import { type CaptureStore, FILE_HEADER_BYTES, openStore, ReaderGoneError } from './capture-store.ts';
import { watchCapture } from './capture-watch.ts';
import type { Given } from './command.ts';
import { connectionValues } from './connection-values.ts';
import { enter } from './enter.ts';
import { hashSeed } from './hash-seed.ts';
import { exitStatus } from './output-flags.ts';
import { podChanges, podState } from './pod-changes.ts';
import { printReport } from './print-report.ts';
import { printRequests } from './print-requests.ts';
import { writeTicket } from './ticket.ts';
import { ticketName } from './ticket-name.ts';
import { type TraceOptions, traceOptions } from './trace-options.ts';

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

/** `trace` on a given connection; the result is the exit status. Throws UserError and ApiError. */
export async function trace(api: KubeConnection, options: TraceOptions, io: Io): Promise<number> {
  const say = (line: string): Promise<boolean> => io.stderr.write(`${plainText(line)}\n`);
  const pod = await findPod(api, parseTarget(options.target, api.namespace));
  for (const warning of checkPod(pod, { isFromNode: options.profile === 'node' })) await say(warning);
  if (options.isVerbose)
    await say(`API server ${api.server}, context ${api.context === '' ? '(none)' : api.context}`);
  const name = ticketName(pod.metadata.namespace, pod.metadata.name, io.now());
  await using store =
    options.dryRun !== undefined
      ? undefined
      : await openStore(options.write, name, options.maxBytes, io.stdout, (line) => void say(line));
  const plan = await planDebugContainer(api, { kind: 'pod', pod, asked: options.target }, options);
  await say(`${describePlan(plan)}.`);
  if (store === undefined) return await printRequests([plan], options.format, io);
  await using container = await enter(api, plan, (line) => void say(line), io);
  const traced = await capture(api, { pod, container, store }, options, io).catch(async (error: unknown) => {
    await sayWhatArrived(store, say);
    throw error;
  });
  await store.close();
  const report = judge([traced.result], traced.facts, { toolVersion: version, image: options.image });
  await printReport(report, options.format, options.write.kind === 'stdout' ? io.stderr : io.stdout, io);
  await keep(report, traced, { name, store }, options, io);
  return exitStatus(report, options);
}

/** A capture that failed or was left is not lost. */
async function sayWhatArrived(store: CaptureStore, say: (line: string) => Promise<boolean>): Promise<void> {
  const lengthBytes = await store.sizeBytes();
  if (lengthBytes <= FILE_HEADER_BYTES) return;
  await say(
    `What arrived (${byteSize(lengthBytes)}) can be judged: kubectl netdebug analyze ${shellWord(store.path)}`,
  );
}

interface Place {
  readonly pod: PodObject;
  readonly container: DebugContainer;
  readonly store: CaptureStore;
}

/** What one capture gave, and what the cluster said after it. */
export interface Traced {
  readonly result: AnalysisResult;
  /** What the analysis was told about the capture. */
  readonly origin: CaptureOrigin;
  readonly facts: Facts;
}

async function capture(
  api: KubeConnection,
  { pod, container, store }: Place,
  options: TraceOptions,
  io: Io,
): Promise<Traced> {
  const [interfaceName, resolver] = await Promise.all([
    chooseInterface(api, container, options.interfaceName),
    readResolver(api, container),
  ]);
  await compileFilter(api, container, interfaceName, options.filter);
  const filter = container.hostNetwork ? await excludeOwnStream(api, options.filter) : options.filter;
  const { namespace, name } = pod.metadata;
  const source = {
    vantagePoint: `pod/${namespace}/${name} ${interfaceName}`,
    node: container.node,
    addresses: container.addresses,
    container: container.container,
  };
  const analysis = new Analysis(source, 0, hashSeed());
  const before = podState(pod);
  const sink = {
    // To the disk first: what was written can be analysed again.
    write: async (chunk: Buffer): Promise<void> => {
      await store.write(chunk);
      analysis.write(chunk);
    },
  };
  const running = await startCapture(
    api,
    container,
    {
      interfaceName,
      snapLengthBytes: options.snapLengthBytes,
      count: options.count,
      filter,
      kernelBufferKib: defaults.kernelBufferKib.value,
      durationMs: options.durationMs,
      maxBytes: options.maxBytes,
      bytesPerSecond: defaults.bytesPerSecond.value,
    },
    sink,
  );
  const end = await watchCapture(
    running,
    { target: `pod/${namespace}/${name}`, interfaceName, durationMs: options.durationMs },
    io,
  ).catch(endOfReader);
  if (options.isVerbose) await io.stderr.write(`${countersText(end.counters)}\n`);
  // What became of the pod explains the rest.
  const problems = [...(await podChanges(api, before)), ...end.problems];
  // A filter may let one direction pass and not the other.
  const origin = {
    ...source,
    dropped: end.counters.droppedByKernel,
    ended: end.ended,
    problems,
    bothDirections: options.filter.length === 0,
    image: options.image,
  };
  const result = analysis.end(origin);
  const facts = await collectFacts(api, {
    targets: [{ namespace, name }],
    resolver,
    addresses: addressesOf(result),
    now: io.now,
  });
  return { result, origin, facts };
}

/** Wireshark was closed: the capture ends like one that was interrupted. */
function endOfReader(error: unknown): CaptureEnd {
  if (!(error instanceof ReaderGoneError)) throw error;
  const counters = {
    captured: null,
    receivedByFilter: null,
    droppedByKernel: null,
    droppedByInterface: null,
  };
  return { ended: 'interrupted', packets: null, bytes: 0, exitStatus: null, counters, problems: [] };
}

/** tcpdump's own counters, for whoever wants to compare. */
function countersText({ captured, receivedByFilter, droppedByKernel }: CaptureEnd['counters']): string {
  const shown = (count: number | null): string => count?.toString() ?? 'unknown';
  return `tcpdump counted ${shown(captured)} captured, ${shown(receivedByFilter)} received by the filter, ${shown(droppedByKernel)} dropped by the kernel`;
}

function addressesOf({ groups, findings }: AnalysisResult): string[] {
  const quoted = findings.flatMap((finding) =>
    finding.details.icmp === undefined ? [] : [finding.details.icmp.sender],
  );
  return [...new Set([...groups.flatMap((group) => [group.client, group.serverAddress]), ...quoted])];
}

/** Packs the ticket if it was asked for, and ends with the line that names the file and how to go on. */
async function keep(
  report: Report,
  { result, origin, facts }: Traced,
  { name, store }: { readonly name: string; readonly store: CaptureStore },
  options: TraceOptions,
  io: Io,
): Promise<void> {
  if (options.isBundled) {
    const ticket = await writeTicket(
      { name, captures: [{ path: store.path, origin }], facts, report, isFull: options.isFull },
      io,
    );
    await io.stderr.write(
      `Saved     ${ticket.path}   ${byteSize(ticket.sizeBytes)}, sha256 ${ticket.sha256}\n`,
    );
    if (options.write.kind !== 'file') await store.discard();
    return;
  }
  // A file of ours that holds nothing, or that nobody will be told of, is not left behind.
  if (options.write.kind !== 'file' && (result.capture.packets === 0 || options.quiet))
    return store.discard();
  if (options.write.kind !== 'file') await writeNotes(store.path, { origin, facts });
  const size = byteSize(await store.sizeBytes());
  await io.stderr.write(
    `Saved     ${store.path}   ${size}; for a ticket: kubectl netdebug bundle ${shellWord(store.path)}\n`,
  );
}

/** As one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
