import { closeSync, rmSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CaptureOrigin } from '../bundle/bundle.ts';
import type { Io } from '../io.ts';
import type { Crossing } from '../matching/crossing.ts';
import { type Merged, mergeCaptures } from '../merge/merge-captures.ts';
import { mergedPlaces } from '../merge/merged-header.ts';
import { captureChunks } from './capture-file.ts';
import { createNewFile } from './new-file.ts';

/** Written at once; records are small. */
const FLUSH_BYTES = 1 << 20;

/** A capture that is merged with others. */
export interface MergeableFile {
  readonly path: string;
  readonly origin: CaptureOrigin;
  /** Of a capture that is itself merged: the interfaces that are one vantage point. */
  readonly interfaces?: ReadonlySet<number> | undefined;
}

/**
 * Merges captures into a new pcapng file (mode 0600), their clocks put on that of the first one. Throws UserError if
 * the file exists or cannot be written; it is then removed again.
 */
export async function writeMerged(
  files: readonly MergeableFile[],
  crossing: Crossing | undefined,
  target: string,
  io: Io,
): Promise<Merged> {
  const sources = files.map(({ path, origin, interfaces }, capture) => {
    const compared = crossing?.places.find((place) => place.capture === capture);
    return {
      place: {
        capture,
        name: origin.vantagePoint,
        node: origin.node,
        addresses: origin.addresses,
        container: origin.container,
        dropped: origin.dropped,
        isUnfiltered: origin.bothDirections,
        isWhole: origin.problems.length === 0,
        ended: origin.ended,
        clockAheadNs: compared?.clockAheadNs ?? 0,
        isClockProven: compared?.isClockProven ?? capture === 0,
      },
      interfaces,
      problems: origin.problems,
      read: () => captureChunks(path, io),
    };
  });
  const file = createNewFile(target, '-w merged.pcapng', io);
  try {
    return await mergeInto(sources, file);
  } catch (error) {
    rmSync(resolve(io.cwd, target), { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

async function mergeInto(sources: Parameters<typeof mergeCaptures>[0], file: number): Promise<Merged> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  const flush = (): void => {
    const bytes = Buffer.concat(held);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    [held, heldBytes] = [[], 0];
  };
  const merged = await mergeCaptures(sources, (bytes) => {
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes >= FLUSH_BYTES) flush();
  });
  flush();
  return merged;
}

/** One vantage point of a merged capture. */
export interface MergedVantage {
  readonly origin: CaptureOrigin;
  readonly interfaces: ReadonlySet<number>;
}

/** The vantage points of a file that this program merged; undefined: it is an ordinary capture. */
export async function mergedVantages(path: string, io: Io): Promise<readonly MergedVantage[] | undefined> {
  // A pipe must be opened only once, and a file that is not there is complained of when it is analysed.
  const isFile = await stat(resolve(io.cwd, path)).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return undefined;
  for await (const chunk of captureChunks(path, io)) {
    const places = mergedPlaces(chunk);
    if (places === undefined) return undefined;
    const captures = Map.groupBy(places.entries(), ([, { capture }]) => capture);
    return [...captures]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([, interfaces]) => {
        const [first] = interfaces;
        return first === undefined ? [] : [vantageOf(first[1], new Set(interfaces.map(([id]) => id)))];
      });
  }
  return undefined;
}

function vantageOf(
  place: NonNullable<ReturnType<typeof mergedPlaces>>[number],
  interfaces: ReadonlySet<number>,
): MergedVantage {
  const { name, node, addresses, container, dropped, ended, isUnfiltered, isWhole } = place;
  const problems = isWhole ? [] : ['packets are missing from the capture that was merged here'];
  const origin = { vantagePoint: name, node, addresses, container, dropped, ended, problems };
  return { origin: { ...origin, bothDirections: isUnfiltered, image: '' }, interfaces };
}
