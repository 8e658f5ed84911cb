import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CaptureOrigin } from '../bundle/bundle.ts';
import { readResolver } from '../capture/container-facts.ts';
import { defaults } from '../capture/defaults.ts';
import { collectFacts } from '../cluster/collect.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { Analysis, type AnalysisResult, judge } from '../pipeline.ts';
import { iso, type Joined, joinRing, overwrittenBefore, type Span } from '../recorder/join.ts';
import { lookInto, type PlacedRecorder } from '../recorder/look.ts';
import { pullRing } from '../recorder/pull.ts';
import { discardRecorder, stopRecorder } from '../recorder/stop.ts';
import { byteSize } from '../report/amounts.ts';
import { plainText } from '../report/plain-text.ts';
import { version } from '../version.ts';
import { writeNotes } from './capture-notes.ts';
import { askedRecorders } from './capture-targets.ts';
import { type Given, isGiven, textOf } from './command.ts';
import { topicsOf } from './fact-topics.ts';
import { hashSeed } from './hash-seed.ts';
import { exitStatus, outputOptions } from './output-flags.ts';
import { printReport } from './print-report.ts';
import { ticketName } from './ticket-name.ts';
import { writeTicket } from './ticket.ts';

/** What one recorder gave: its capture in a file, judged. */
interface PulledCapture {
  readonly recorder: PlacedRecorder;
  readonly result: AnalysisResult;
  readonly origin: CaptureOrigin;
  readonly joined: Joined;
}

/**
 * `capture pull TARGET`: fetches what a recorder kept, joins it to one capture and judges it as `analyze`
 * does. The recorder goes on unless it is to stop; it is removed only after everything has arrived.
 */
export async function capturePull(api: KubeConnection, given: Given, io: Io): Promise<number> {
  const output = outputOptions(given);
  const isStopped = isGiven(given, 'stop');
  const recorder = await onlyOne(api, given, io);
  const { namespace, pod } = recorder.container;
  const name = ticketName(namespace, pod, io.now());
  const file = await fileFor(textOf(given, 'write'), name, io);
  const pulled = await pullOrRemove(file, api, isStopped ? await stopped(api, recorder) : recorder, io);
  if (file.isStdout)
    for await (const chunk of createReadStream(file.path)) await io.stdout.write(chunk as Buffer);
  const facts = await collectFacts(api, {
    targets: [{ namespace, name: pod }],
    resolver: await readResolver(api, recorder.container),
    addresses: addressesOf(pulled.result),
    topics: topicsOf(pulled.result.findings),
    now: io.now,
  });
  const report = judge([pulled.result], facts, { toolVersion: version, image: recorder.container.image });
  await printReport(report, output.format, file.isStdout ? io.stderr : io.stdout, io);
  await sayCoverage(pulled, io);
  if (isGiven(given, 'bundle')) {
    const captures = [{ path: file.path, origin: pulled.origin }];
    const ticket = await writeTicket({ name, captures, facts, report, isFull: isGiven(given, 'full') }, io);
    await io.stderr.write(
      `Saved     ${ticket.path}   ${byteSize(ticket.sizeBytes)}, sha256 ${ticket.sha256}\n`,
    );
  }
  if (file.isOurs && isGiven(given, 'bundle')) await file.remove();
  else {
    if (file.isOurs) await writeNotes(file.path, { origin: pulled.origin, facts });
    await io.stderr.write(`Saved     ${file.path}   ${byteSize((await stat(file.path)).size)}\n`);
  }
  if (isStopped) await discardRecorder(api, recorder);
  return exitStatus(report, output);
}

/** A capture that did not arrive whole is no capture: the ring is still in the pod. */
async function pullOrRemove(
  file: PullFile,
  api: KubeConnection,
  recorder: PlacedRecorder,
  io: Io,
): Promise<PulledCapture> {
  try {
    return await pullInto(file.handle, api, recorder, io);
  } catch (error) {
    await file.remove();
    throw error;
  } finally {
    await file.handle.close();
  }
}

async function onlyOne(api: KubeConnection, given: Given, io: Io): Promise<PlacedRecorder> {
  const [first, ...others] = await askedRecorders(api, given, io);
  if (first !== undefined && others.length === 0) return first;
  const pods = [first, ...others].map((recorder) => recorder?.container.pod ?? '');
  throw new UserError(
    `${given.operands.join(', ')} has ${pods.length} recorders`,
    `they are in the pods ${pods.join(', ')}, and one is fetched at a time`,
    `kubectl netdebug capture pull pod/${pods[0] ?? 'NAME'} -n ${first?.container.namespace ?? 'NAMESPACE'}`,
  );
}

/** The recorder as it is after its end: its files do not change any more. */
async function stopped(api: KubeConnection, recorder: PlacedRecorder): Promise<PlacedRecorder> {
  await stopRecorder(api, recorder);
  const look = await lookInto(api, recorder.container, recorder.keptUntil);
  const found = look.recorders.find(({ order }) => order.name === recorder.order.name);
  if (found !== undefined) return found;
  throw new UserError(
    `Recorder "${recorder.order.name}" cannot be read any more`,
    look.problems[0] ?? 'its container does not list it',
    'kubectl netdebug capture list',
  );
}

async function pullInto(
  file: FileHandle,
  api: KubeConnection,
  recorder: PlacedRecorder,
  io: Io,
): Promise<PulledCapture> {
  const { container, order, counters, triggeredSeconds } = recorder;
  const source = {
    vantagePoint: `pod/${container.namespace}/${container.pod} ${order.interfaceName}`,
    node: container.node,
    addresses: container.addresses,
    container: container.container,
  };
  const analysis = new Analysis(source, 0, hashSeed());
  const folder = await mkdtemp(join(tmpdir(), 'netdebug-ring-'));
  try {
    const progress = (done: number, of: number): void => {
      if (io.stderr.isTty) void io.stderr.write(`\r\u001b[K${done} of ${of} files of the ring`);
    };
    const ring = await pullRing(api, recorder, folder, defaults.bytesPerSecond.value, progress);
    if (io.stderr.isTty) await io.stderr.write('\r\u001b[K');
    const joined = await joinRing(ring, spanOf(order, triggeredSeconds), async (chunk) => {
      await file.writeFile(chunk);
      analysis.write(chunk);
    });
    const failed = recorder.ended === 'failed' ? [`tcpdump failed: ${recorder.message}.`] : [];
    const origin: CaptureOrigin = {
      ...source,
      dropped: counters.droppedByKernel,
      ended: recorder.ended ?? 'pulled',
      problems: [...failed, ...joined.problems].map(plainText),
      bothDirections: order.filter.length === 0,
      image: container.image,
    };
    return { recorder, result: analysis.end(origin), origin, joined };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The seconds around the trigger that are kept; null: all. */
function spanOf(order: PlacedRecorder['order'], triggeredSeconds: number | null): Span | null {
  if (triggeredSeconds === null) return null;
  // Whole seconds: the trigger fired within the second that follows.
  return {
    fromSeconds: triggeredSeconds - order.beforeSeconds,
    toSeconds: triggeredSeconds + 1 + order.afterSeconds,
  };
}

/** What the ring covers, in times: nobody must take a ring for the whole night. */
async function sayCoverage({ recorder, joined }: PulledCapture, io: Io): Promise<void> {
  const { order, triggeredSeconds } = recorder;
  const lines = [
    Number.isNaN(joined.firstSeconds)
      ? `The ring is empty: no packet since ${order.startedAt.slice(0, 19)}Z.`
      : `The ring held ${joined.ringPackets} packets from ${iso(joined.firstSeconds)} to ${iso(joined.lastSeconds)}.`,
    overwrittenBefore(recorder, joined),
    triggeredSeconds === null
      ? ''
      : `${order.until ?? 'The trigger'} was seen at ${iso(triggeredSeconds)}: ${joined.packets} packets of ${order.beforeSeconds} s before and ${order.afterSeconds} s after it are kept.`,
  ];
  for (const line of lines) if (line !== '') await io.stderr.write(`${plainText(line)}\n`);
}

function addressesOf({ groups, findings }: AnalysisResult): string[] {
  const quoted = findings.flatMap(({ details }) => (details.icmp === undefined ? [] : [details.icmp.sender]));
  return [...new Set([...groups.flatMap((group) => [group.client, group.serverAddress]), ...quoted])];
}

/** Where the capture goes. */
interface PullFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly isStdout: boolean;
  /** Nobody gave it a name. */
  readonly isOurs: boolean;
  readonly remove: () => Promise<void>;
}

async function fileFor(write: string | undefined, name: string, io: Io): Promise<PullFile> {
  if (write === '')
    throw new UserError('--write needs a file name', 'an empty one was given', '-w capture.pcap');
  if (write !== undefined && write !== '-') {
    const path = resolve(io.cwd, write);
    const remove = (): Promise<void> => rm(path, { force: true });
    return { handle: await openNew(path, write), path, isStdout: false, isOurs: false, remove };
  }
  const folder = await mkdtemp(join(tmpdir(), 'netdebug-'));
  const path = join(folder, `${name}.pcap`);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return { handle: await openNew(path, path), path, isStdout: write === '-', isOurs: true, remove };
}

async function openNew(path: string, shown: string): Promise<FileHandle> {
  try {
    const handle = await open(path, 'w', 0o600);
    await handle.chmod(0o600);
    return handle;
  } catch (error) {
    throw new UserError(
      `cannot write ${shown}`,
      error instanceof Error ? error.message : String(error),
      'choose another place: -w FILE',
      { cause: error },
    );
  }
}
