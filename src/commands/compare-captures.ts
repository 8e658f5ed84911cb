import type { CaptureOrigin } from '../bundle/bundle.ts';
import type { Facts } from '../cluster/facts.ts';
import type { Io } from '../io.ts';
import type { Crossing } from '../matching/crossing.ts';
import { type AnalysisResult, compare } from '../pipeline.ts';
import { captureChunks } from './capture-file.ts';
import { hashSeed } from './hash-seed.ts';

/** A file that was analysed. */
export interface ComparableFile {
  /** "-": standard input. */
  readonly path: string;
  readonly result: Pick<AnalysisResult, 'capture'>;
  readonly origin: Pick<CaptureOrigin, 'bothDirections'>;
  /** Of a merged capture: the interfaces that are one vantage point. */
  readonly interfaces?: ReadonlySet<number> | undefined;
}

/** Compares the captures of one incident, each read again from its file; undefined: there is only one. */
export async function compareCaptures(
  files: readonly ComparableFile[],
  facts: Facts | null,
  io: Io,
): Promise<Crossing | undefined> {
  if (files.length < 2) return undefined;
  if (files.some(({ path }) => path === '-'))
    return {
      places: [],
      pairs: [],
      losses: [],
      limits: ['standard input can be read only once, so the captures were not compared packet by packet'],
    };
  const captures = files.map(({ path, result, origin, interfaces }) => ({
    capture: result.capture,
    bothDirections: origin.bothDirections,
    interfaces,
    read: () => captureChunks(path, io),
  }));
  return await compare(captures, facts, hashSeed());
}
