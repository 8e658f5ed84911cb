import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { extract as tarExtract, type Header } from 'tar-stream';
import { createPace } from '../capture/pace.ts';
import { runCommand } from '../capture/run-command.ts';
import { UserError } from '../errors.ts';
import type { ExecApi, ExecEnd } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { farSide, recorderFolder, sumScript, tarScript } from './far-side.ts';
import type { PlacedRecorder } from './look.ts';
import type { RingFile } from './recorder.ts';

/** A file of the ring that is here, byte for byte as its checksum on the far side said. */
export interface PulledFile {
  readonly path: string;
  readonly file: RingFile;
}

/** What came home. */
export interface Pulled {
  readonly files: readonly PulledFile[];
  /** Files that the recorder overwrote while they were on their way. */
  readonly overwritten: readonly RingFile[];
}

/** Told after each file. */
export type PullProgress = (done: number, of: number) => void;

/** A few files at a time: so little has to be fetched again after a cut, and a slow pod can sum them up in time. */
const batchFiles = 4;
/** Waits before each attempt to go on after a cut. */
const retryDelaysMs: readonly number[] = [200, 1000, 2000, 5000, 10_000];

/** The ring lies in memory: a file beyond this is none of ours. */
const maxFileBytes = 256 * 1024 ** 2;

interface Sum {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Fetches the files of a ring into a folder of ours, oldest first. A cut connection is taken up again
 * at the file that it hit. Throws UserError or ApiError when it cannot go on; what is there then is
 * incomplete, and the ring is still in the pod.
 */
export async function pullRing(
  api: ExecApi,
  recorder: PlacedRecorder,
  folder: string,
  bytesPerSecond: number,
  progress: PullProgress,
): Promise<Pulled> {
  const files = oldestFirst(recorder.files);
  const pace = createPace(bytesPerSecond);
  const pulled = new Map<string, PulledFile>();
  const overwritten: RingFile[] = [];
  let failures = 0;
  for (let at = 0; at < files.length;) {
    const batch = files.slice(at, at + batchFiles).filter(({ name }) => !pulled.has(name));
    const arrived = new Map<string, Sum>();
    const sums = await orCut(() => sumsOf(api, recorder, batch));
    let cut = typeof sums === 'string' ? sums : '';
    if (typeof sums !== 'string') cut = await fetchFiles(api, recorder, sums, folder, arrived, pace);
    for (const file of batch) {
      const sum = typeof sums === 'string' ? undefined : sums.get(file.name);
      const here = arrived.get(file.name);
      if (sum === undefined || here === undefined) continue;
      if (here.sha256 === sum.sha256) {
        pulled.set(file.name, { path: join(folder, file.name), file });
        progress(pulled.size, files.length);
      } else if (recorder.ended === null) overwritten.push(file);
      else cut ||= `the checksum of ${file.name} is another one`;
    }
    const isDone = (file: RingFile): boolean => pulled.has(file.name) || overwritten.includes(file);
    if (batch.every(isDone)) {
      at += batchFiles;
      continue;
    }
    if (failures >= retryDelaysMs.length) throw notPulled(recorder, cut);
    await sleep(retryDelaysMs[failures++]);
  }
  return { files: files.flatMap(({ name }) => pulled.get(name) ?? []), overwritten };
}

/** The result, or why the connection did not give one; a server that refuses does so again. */
async function orCut<T>(task: () => Promise<T>): Promise<T | string> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof UserError || (error instanceof ApiError && error.status >= 500))
      return error.message;
    throw error;
  }
}

/**
 * In the order of recording. tcpdump fills the files in turn, so they are in order but for one place: where
 * the oldest follows the newest. Files without a packet have nothing to be fetched.
 */
export function oldestFirst(files: readonly RingFile[]): RingFile[] {
  return files
    .filter((file) => file.firstSeconds !== null)
    .toSorted((one, other) => (one.firstSeconds ?? 0) - (other.firstSeconds ?? 0));
}

async function sumsOf(
  api: ExecApi,
  { container, order }: PlacedRecorder,
  files: readonly RingFile[],
): Promise<Map<string, Sum>> {
  const names = files.map(({ name }) => name);
  const { stdout } = await runCommand(
    api,
    container,
    farSide(sumScript, `${recorderFolder}/${order.name}`, ...names),
  );
  const lines = [...stdout.matchAll(/^sum (r\d{1,4}) (\d{1,15}) ([0-9a-f]{64})$/gm)];
  return new Map(
    lines.flatMap(([, name = '', size, sha256 = '']): [string, Sum][] =>
      names.includes(name) && Number(size) <= maxFileBytes
        ? [[name, { sizeBytes: Number(size), sha256 }]]
        : [],
    ),
  );
}

/** Empty: the stream came to its end; otherwise why it did not. */
async function fetchFiles(
  api: ExecApi,
  { container, order }: PlacedRecorder,
  sums: ReadonlyMap<string, Sum>,
  folder: string,
  arrived: Map<string, Sum>,
  pace: (lengthBytes: number) => Promise<void> | undefined,
): Promise<string> {
  if (sums.size === 0) return 'the far side named no file';
  const tar = tarExtract();
  const command = farSide(tarScript, `${recorderFolder}/${order.name}`, ...sums.keys());
  const request = { namespace: container.namespace, pod: container.pod, container: container.container };
  const unpacking = unpackInto(tar, sums, folder, arrived);
  // Awaited below; until then a damaged archive must not count as unhandled.
  unpacking.catch(() => undefined);
  const stdout = (chunk: Buffer): Promise<void> | void => {
    const waits = [pace(chunk.length), drained(tar, chunk)].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  };
  const session = await orCut(() =>
    api.exec({ ...request, command, stdin: false }, { stdout, stderr: () => undefined }),
  );
  if (typeof session === 'string') {
    tar.destroy(null);
    return session;
  }
  // Nothing more is wanted of an archive that was refused.
  unpacking.catch(() => session.terminate());
  const end = await session.done;
  if (end.kind === 'exited' && end.exitCode === 0) tar.end(null);
  else tar.destroy(new Error(describeEnd(end)));
  try {
    await unpacking;
    return describeEnd(end);
  } catch (error) {
    if (error instanceof UserError) throw error;
    // What arrived whole is kept; the rest is fetched again.
    return describeEnd(end) || (error instanceof Error ? error.message : String(error));
  }
}

function describeEnd(end: ExecEnd): string {
  if (end.kind !== 'exited') return end.message;
  return end.exitCode === 0 ? '' : `tar ended with status ${end.exitCode}`;
}

type Extract = ReturnType<typeof tarExtract>;

/** Takes a chunk; a promise while the reader of the archive holds it back. */
function drained(tar: Extract, chunk: Buffer): Promise<void> | undefined {
  if (tar.destroyed || tar.write(chunk)) return undefined;
  return new Promise((resolve) => {
    const go = (): void => {
      tar.off('drain', go);
      tar.off('close', go);
      resolve();
    };
    tar.on('drain', go);
    tar.on('close', go);
  });
}

/** Takes the files that were asked for, each once, each as long as was announced; whatever else comes ends it. */
async function unpackInto(
  tar: Extract,
  sums: ReadonlyMap<string, Sum>,
  folder: string,
  arrived: Map<string, Sum>,
): Promise<void> {
  for await (const entry of tar) {
    const { name, type } = entry.header;
    const sum = sums.get(name);
    if (type !== 'file' || sum === undefined || arrived.has(name)) throw strange(entry.header);
    arrived.set(name, await writeEntry(entry, join(folder, name), sum.sizeBytes));
  }
}

/** Keeps the first `mostBytes`: a file that is being written may have grown since it was summed up. */
async function writeEntry(entry: AsyncIterable<unknown>, path: string, mostBytes: number): Promise<Sum> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await using file = await open(path, 'w', 0o600);
  for await (const chunk of entry as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, mostBytes - sizeBytes);
    sizeBytes += part.length;
    hash.update(part);
    if (part.length > 0) await file.writeFile(part);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

function strange({ name, type }: Header): UserError {
  return new UserError(
    'The ring cannot be fetched',
    `the far side sends what nobody asked for: ${JSON.stringify(name.slice(0, 80))} (${type})`,
    'The debug container is not as this program left it: kubectl netdebug cleanup ends it.',
  );
}

function notPulled({ container, order }: PlacedRecorder, why: string): UserError {
  return new UserError(
    `The ring of recorder "${order.name}" did not arrive`,
    `${why === '' ? 'files are missing' : why}, and ${retryDelaysMs.length} further attempts did not help`,
    `It is still in the pod: kubectl netdebug capture pull pod/${container.pod} -n ${container.namespace}`,
  );
}
