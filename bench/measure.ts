import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiled } from './inputs.ts';

/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...words: string[]];

/** One command against another, over some runs. */
export interface Comparison {
  /** Median over the runs of the ratio within a run; below 1: the first command needs less. */
  readonly wall: number;
  readonly cpu: number;
  /** Smallest and largest ratio of wall time: how far the machine is to be trusted. */
  readonly wallRange: readonly [number, number];
  /** Largest resident memory of the first command in any run, MiB. */
  readonly peakMiB: number;
}

interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** Runs both commands in turn (A B A B …), so that a slow spell of the machine hits both. Throws if one cannot do its work. */
export function compare(command: CommandLine, anchor: CommandLine, runs: number): Comparison {
  const pairs = Array.from({ length: runs }, () => ({ own: run(command), other: run(anchor) }));
  const walls = pairs.map(({ own, other }) => own.wallSeconds / other.wallSeconds).toSorted((a, b) => a - b);
  return {
    wall: median(walls),
    cpu: median(pairs.map(({ own, other }) => own.cpuSeconds / other.cpuSeconds)),
    wallRange: [walls[0] as number, walls.at(-1) as number],
    peakMiB: Math.max(...pairs.map(({ own }) => own.peakMiB)),
  };
}

function run(command: CommandLine): Usage {
  const folder = mkdtempSync(join(tmpdir(), 'netdebug-bench-'));
  try {
    const result = join(folder, 'usage');
    execFileSync(compiled('measure'), [result, ...command], { stdio: 'ignore' });
    const [wallSeconds = 0, cpuSeconds = 0, peakKib = 0, status = 0] = readFileSync(result, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    // 1 and 2 say what analyze has found; above them nothing was measured.
    if (status > 2) throw new Error(`${command.join(' ')} ended with status ${status}`);
    return { wallSeconds, cpuSeconds, peakMiB: peakKib / 1024 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >>> 1] as number;
}
