import { open, rename, rm } from 'node:fs/promises';
import type { CaptureOrigin } from '../bundle/bundle.ts';
import { detectors } from '../detect/index.ts';
import type { Finding, FindingId } from '../detect/finding.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { Analysis, type AnalysisResult } from '../pipeline.ts';
import { captureChunks, feedFile } from './capture-file.ts';
import { type Given, textOf } from './command.ts';
import { hashSeed } from './hash-seed.ts';
import { nearestWord } from './nearest.ts';
import { durationMs } from './sizes.ts';

/** `--until`: the finding that ends a trace, and what is kept around it. */
export interface UntilOptions {
  readonly finding: FindingId;
  readonly beforeMs: number;
  readonly afterMs: number;
}

const defaultAroundMs = 30_000;

/** Completes and validates `--until`, `--before` and `--after`. Throws UserError. */
export function untilOptions(given: Given): UntilOptions | undefined {
  const wanted = textOf(given, 'until');
  const time = (flag: string): number => {
    const text = textOf(given, flag);
    return text === undefined ? defaultAroundMs : durationMs(flag, text);
  };
  if (wanted === undefined) {
    const lonely = ['before', 'after'].find((flag) => textOf(given, flag) !== undefined);
    if (lonely === undefined) return undefined;
    throw new UserError(
      `--${lonely} has no meaning without --until`,
      'it counts from the finding that --until names',
      `--until tcp-syn-no-answer --${lonely} ${textOf(given, lonely) ?? '30s'}`,
    );
  }
  // What is only worth a note is no reason to end, and is not looked for while the capture arrives.
  const able = detectors.filter(({ severity }) => severity !== 'info');
  const detector = able.find(({ id }) => id === wanted);
  if (detector !== undefined)
    return { finding: detector.id, beforeMs: time('before'), afterMs: time('after') };
  const near = nearestWord(
    wanted,
    able.map(({ id }) => id),
  );
  throw new UserError(
    `--until cannot wait for "${wanted}"`,
    near === undefined ? 'it is no finding of severity warning or error' : `did you mean ${near}?`,
    `It can wait for: ${able.map(({ id }) => id).join(', ')}`,
  );
}

/** Watches the findings of a trace for the one that ends it. */
export class UntilFinding {
  /** Time of its first packet, ISO 8601; empty: it has not come up. */
  firstSeen = '';
  readonly #options: UntilOptions | undefined;
  readonly #stop: () => void;
  readonly #io: Io;

  /** `stop` ends the trace. */
  constructor(options: UntilOptions | undefined, stop: () => void, io: Io) {
    this.#options = options;
    this.#stop = stop;
    this.#io = io;
  }

  /** Looks at new findings; the sentence to be said if the one that is waited for is among them, else empty. */
  take(findings: readonly Finding[]): string {
    const options = this.#options;
    const found = findings.find(({ id }) => id === options?.finding);
    if (options === undefined || found === undefined || this.firstSeen !== '') return '';
    this.firstSeen = found.firstSeen;
    void this.#io.sleep(options.afterMs).then(this.#stop);
    return `${found.id} has come up: the capture goes on for ${Math.round(options.afterMs / 1000)} s`;
  }
}

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;

/**
 * Cuts a capture of ours down to what came at most `beforeMs` before `firstSeen`, and judges it anew, for
 * frames have other numbers then. `index`: its place in the report. Throws what the file system throws.
 */
export async function keepFrom(
  path: string,
  origin: CaptureOrigin,
  index: number,
  { firstSeen, beforeMs }: { readonly firstSeen: string; readonly beforeMs: number },
  io: Io,
): Promise<AnalysisResult> {
  const fromSeconds = (Date.parse(firstSeen) - beforeMs) / 1000;
  const part = `${path}.part`;
  try {
    await using file = await open(part, 'wx', 0o600);
    for await (const piece of recordsFrom(captureChunks(path, io), fromSeconds)) await file.writeFile(piece);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await rename(part, path);
  const { vantagePoint, node, addresses, container } = origin;
  const analysis = new Analysis({ vantagePoint, node, addresses, container }, index, hashSeed());
  await feedFile(path, analysis, io);
  return analysis.end(origin);
}

/** The file header of a classic capture as tcpdump writes it, and its records from a time on. */
async function* recordsFrom(
  chunks: AsyncIterable<Uint8Array>,
  fromSeconds: number,
): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  let isLittle: boolean | undefined;
  for await (const chunk of chunks) {
    const data = Buffer.concat([rest, chunk]);
    let at = 0;
    if (isLittle === undefined) {
      if (data.length < fileHeaderBytes) {
        rest = data;
        continue;
      }
      isLittle = data[0] === 0xd4 || data[0] === 0x4d;
      yield data.subarray(0, fileHeaderBytes);
      at = fileHeaderBytes;
    }
    const read = (offset: number): number =>
      isLittle === true ? data.readUInt32LE(offset) : data.readUInt32BE(offset);
    const kept: Buffer[] = [];
    while (at + recordHeaderBytes <= data.length) {
      const length = recordHeaderBytes + read(at + 8);
      if (at + length > data.length) break;
      // Whole seconds are enough: what is kept is at most a second more than was asked for.
      if (read(at) >= Math.floor(fromSeconds)) kept.push(data.subarray(at, at + length));
      at += length;
    }
    if (kept.length > 0) yield Buffer.concat(kept);
    rest = Buffer.from(data.subarray(at));
  }
}
