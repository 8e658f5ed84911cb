import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { input, warm } from './inputs.ts';
import { compare, type CommandLine, type Comparison } from './measure.ts';
import { type LiveRow, measureLive } from './live.ts';
import { measurePolicies, type PolicyRow } from './policies.ts';
import { type Anchor, PEAK_GOAL_MIB, type Row, ROWS } from './rows.ts';

/*
 * `npm run bench [-- --quick | --large] [--runs N] [--json]`: speed and memory as ratios to programs on the
 * same machine in the same minutes. Seconds say nothing about another machine and are not printed.
 */

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    large: { type: 'boolean' },
    json: { type: 'boolean' },
    runs: { type: 'string' },
  },
});
const runs = Number(flags.runs ?? (flags.quick ? 3 : 5));
if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a number from 1');

const root = join(import.meta.dirname, '..');
const built = join(root, 'dist', 'app.cjs');
const program = existsSync(built) ? built : join(root, 'src', 'main.ts');
/** As bin/kubectl-netdebug starts it. */
const start: CommandLine = [
  process.execPath,
  '--max-semi-space-size=1',
  '--disable-warning=ExperimentalWarning',
  program,
];

/** How each anchor does the nearest thing to what the program does; one that is not installed is skipped. */
function anchorOf(anchor: Anchor, path: string): CommandLine {
  switch (anchor) {
    case 'tcpdump':
      return ['tcpdump', '-r', path, '-w', '/dev/null'];
    case 'tshark':
      return ['tshark', '-q', '-r', path, '-z', 'expert'];
    case 'kubectl':
      return ['kubectl', 'version', '--client'];
    case 'gzip':
      return ['gzip', '-dc', path];
  }
}

function isInstalled(anchor: Anchor): boolean {
  return spawnSync(anchor, ['--version'], { stdio: 'ignore' }).error === undefined;
}

interface Result {
  readonly row: Row;
  /** null: the anchor is not installed. */
  readonly comparison: Comparison | null;
}

function measureRow(row: Row): Result {
  if (!isInstalled(row.anchor)) return { row, comparison: null };
  const path = row.input === undefined ? '' : input(row.input);
  if (path !== '') warm(path);
  const words = row.input === undefined ? (row.words ?? []) : ['analyze', path];
  return {
    row,
    comparison: compare(
      [...start, ...words],
      anchorOf(row.anchor, path),
      Math.min(runs, row.mostRuns ?? runs),
    ),
  };
}

function isMissed({ row, comparison }: Result): boolean {
  if (comparison === null) return false;
  const { wallGoal = Infinity, cpuGoal = Infinity } = row;
  return comparison.wall > wallGoal || comparison.cpu > cpuGoal || comparison.peakMiB > PEAK_GOAL_MIB;
}

const decimals = (value: number): string => (value < 0.1 ? value.toFixed(3) : value.toFixed(2));

function cells(result: Result): string[] {
  const { row, comparison } = result;
  if (comparison === null) return [row.what, row.anchor, 'not installed', '', '', '', '', ''];
  const { wall, cpu, wallRange, peakMiB } = comparison;
  const goals = [
    row.wallGoal === undefined ? '' : `wall ≤ ${row.wallGoal}`,
    row.cpuGoal === undefined ? '' : `CPU ≤ ${decimals(row.cpuGoal)}`,
    `${PEAK_GOAL_MIB} MiB`,
  ];
  const range = wallRange.map(decimals).join('–');
  return [
    row.what,
    row.anchor,
    decimals(wall),
    range,
    decimals(cpu),
    `${Math.round(peakMiB)} MiB`,
    goals.filter(Boolean).join(', '),
    isMissed(result) ? 'missed' : 'reached',
  ];
}

function printTable(results: readonly Result[]): void {
  const lines = [['WHAT', 'AGAINST', 'WALL', 'RANGE', 'CPU', 'PEAK', 'GOAL', ''], ...results.map(cells)];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
}

/** Not ratios: there is nothing on the machine to compare with, and the goals are far above what is measured. */
function printPolicies(policyRows: readonly PolicyRow[]): void {
  for (const { what, milliseconds, goalMilliseconds } of policyRows) {
    const goal =
      goalMilliseconds === null
        ? ''
        : `, goal ${goalMilliseconds} ms: ${milliseconds > goalMilliseconds ? 'missed' : 'reached'}`;
    console.log(`policies: ${what}: ${Number(milliseconds.toPrecision(3))} ms${goal}`);
  }
}

/** How long a stream took against how long it should have taken. */
function printLive(liveRows: readonly LiveRow[]): void {
  for (const { what, ratio, goal, peakMiB } of liveRows) {
    const judged = goal === null ? '' : `, goal ${goal}: ${ratio > goal ? 'missed' : 'reached'}`;
    console.log(`${what}: ${decimals(ratio)} of its time, ${Math.round(peakMiB)} MiB${judged}`);
  }
}

console.error(`measuring ${program}, ${runs} runs of each pair in turn`);
const rows = ROWS.filter(
  ({ size }) => size === 'quick' || (size === 'usual' && !flags.quick) || (size === 'large' && flags.large),
);
const results = rows.map(measureRow);
const policyRows = measurePolicies(flags.quick !== true);
const liveRows = flags.quick ? [] : await measureLive(start.slice(1, -1));
if (flags.json) {
  const measured = results.map((result) => ({
    ...result.row,
    ...result.comparison,
    missed: isMissed(result),
  }));
  console.log(
    JSON.stringify(
      { program, runs, peakGoalMiB: PEAK_GOAL_MIB, rows: measured, policies: policyRows, live: liveRows },
      null,
      2,
    ),
  );
} else {
  printTable(results);
  printPolicies(policyRows);
  printLive(liveRows);
}
