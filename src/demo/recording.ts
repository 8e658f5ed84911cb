import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { integer, object, record, ShapeError, text, type Shape } from '../bundle/shape.ts';
import { UserError } from '../errors.ts';

/**
 * A recording: one fault of a real cluster, kept so that it can be traced again without it.
 *
 *     scenario.json   what it shows
 *     api.json        the API server's answers, by path
 *     capture.pcap    what tcpdump wrote in the pod
 *     resolv.conf     of the pod
 *     stderr.txt      what tcpdump said
 */
export interface Recording {
  /** Name of its folder, such as "service-selector-mismatch". */
  readonly name: string;
  readonly scenario: Scenario;
  /** Bodies by path: collections of the whole cluster ("/api/v1/pods"), /version, discovery documents. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly capture: Buffer;
  readonly resolvConf: string;
  readonly stderr: string;
}

export interface Scenario {
  /** One line, as the list of recordings shows it. */
  readonly title: string;
  readonly namespace: string;
  readonly pod: string;
  /** What to see in the output, one sentence. */
  readonly see: string;
}

/** A JSON object as an API server sends it. */
export type Answer = Readonly<Record<string, unknown>>;

/** The recording that `demo` without a name runs. */
export const DEFAULT_RECORDING = 'service-selector-mismatch';

/** A recording is part of a small download; the bound catches a file that is none. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

const scenarioShape: Shape<Scenario> = object<Scenario>({
  title: text(200),
  namespace: text(63),
  pod: text(253),
  see: text(1000),
});

const answerShape: Shape<Answer> = (value, path) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Answer;
  throw new ShapeError(`${path} is not an object`);
};

/** Names of the recordings in a folder, sorted. Throws what reading the folder throws. */
export async function listRecordings(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/** Loads a recording. Throws {@link UserError} for an unknown name, and for files that are not as they should be. */
export async function loadRecording(folder: string, name: string): Promise<Recording> {
  const names = await listRecordings(folder);
  if (!names.includes(name)) {
    throw new UserError(
      `there is no recording ${JSON.stringify(name)}`,
      `the recordings are ${names.join(', ') || 'none'}`,
      `kubectl netdebug demo ${names[0] ?? ''}`.trim(),
    );
  }
  const file = (base: string): string => join(folder, name, base);
  const answers = await readJson(file('api.json'), record(answerShape, 1000));
  return {
    name,
    scenario: await readJson(file('scenario.json'), scenarioShape),
    answers: new Map(Object.entries(answers)),
    capture: await readBounded(file('capture.pcap')),
    resolvConf: (await readBounded(file('resolv.conf'))).toString('utf8'),
    stderr: (await readBounded(file('stderr.txt'))).toString('utf8'),
  };
}

/** Loads only what the list of recordings shows. */
export async function loadScenario(folder: string, name: string): Promise<Scenario> {
  return await readJson(join(folder, name, 'scenario.json'), scenarioShape);
}

async function readJson<T>(path: string, shape: Shape<T>): Promise<T> {
  const content = await readBounded(path);
  try {
    return shape(JSON.parse(content.toString('utf8')), '');
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError)
      throw damaged(path, error.message, error);
    throw error;
  }
}

async function readBounded(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw damaged(path, `it has ${size} bytes, and ${MAX_FILE_BYTES} are the most`);
  return await readFile(path);
}

function damaged(path: string, why: string, cause?: unknown): UserError {
  return new UserError(
    `cannot read the recording ${path}`,
    why,
    'install kubectl-netdebug again',
    cause === undefined ? {} : { cause },
  );
}

/** What tcpdump said, in parts: before the packets, and the counters after them. */
export interface TcpdumpTexts {
  /** Lines up to and with "listening on", without line ends. */
  readonly before: readonly string[];
  /** Packets that the filter let pass but tcpdump had not read when it ended. */
  readonly unread: number;
  readonly dropped: number;
}

const countShape = integer();

/** Takes the lines of stderr.txt apart, see tcpdump(8), "packets captured". */
export function parseTcpdumpTexts(stderr: string): TcpdumpTexts {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const count = (pattern: RegExp): number => {
    const found = lines.map((line) => pattern.exec(line)?.[1]).find((digits) => digits !== undefined);
    return countShape(Number(found ?? 0), 'stderr.txt');
  };
  const captured = count(/^(\d+) packets? captured$/);
  const received = count(/^(\d+) packets? received by filter$/);
  return {
    before: lines.filter((line) => !/^\d+ packets? /.test(line) && !line.startsWith('netdebug-')),
    unread: Math.max(0, received - captured),
    dropped: count(/^(\d+) packets? dropped by kernel$/),
  };
}
