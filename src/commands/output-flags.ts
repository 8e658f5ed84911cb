import { UserError } from '../errors.ts';
import type { Finding, Severity } from '../detect/finding.ts';
import type { Report } from '../report/report.ts';
import { type Flag, type Given, isGiven, textOf } from './command.ts';

/** Flags of every command that prints a report. */

/** Kept beside the renderers' own list by a test: help must not load the renderers. */
export const OUTPUT_FORMATS: readonly string[] = ['table', 'wide', 'json', 'yaml', 'markdown', 'openmetrics'];
const FAIL_ON = ['error', 'warning', 'info', 'never'] as const;

/** From which severity on the exit status is 1. */
export type FailOn = Severity | 'never';

export interface OutputOptions {
  /** One of {@link OUTPUT_FORMATS}. */
  readonly format: string;
  readonly failOn: FailOn;
  readonly allowEmpty: boolean;
  readonly quiet: boolean;
}

export const verboseFlag: Flag = {
  name: 'verbose',
  alias: 'v',
  type: 'boolean',
  description: 'Say more while working; with errors, print the stack',
};
export const quietFlag: Flag = {
  name: 'quiet',
  alias: 'q',
  type: 'boolean',
  description: 'No progress and no hints on stderr',
};

export const outputFlags: readonly Flag[] = [
  {
    name: 'output',
    alias: 'o',
    type: 'string',
    choices: OUTPUT_FORMATS,
    standard: 'table',
    description: 'Form of the report on stdout',
  },
  {
    name: 'fail-on',
    type: 'string',
    choices: FAIL_ON,
    standard: 'error',
    description: 'Exit with 1 if a finding is at least this severe',
  },
  { name: 'allow-empty', type: 'boolean', description: 'Exit with 0 even if no traffic was seen' },
  quietFlag,
  verboseFlag,
];

/** Completes the output flags with their defaults. */
export function outputOptions(given: Given): OutputOptions {
  const failOn = textOf(given, 'fail-on') ?? 'error';
  return {
    format: textOf(given, 'output') ?? 'table',
    failOn: FAIL_ON.find((value) => value === failOn) ?? 'error',
    allowEmpty: isGiven(given, 'allow-empty'),
    quiet: isGiven(given, 'quiet'),
  };
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

/** 0: nothing as bad as --fail-on; 1: findings, or it is not the network; 2: nothing can be said. */
export function exitStatus(
  report: Report,
  { failOn, allowEmpty }: Pick<OutputOptions, 'failOn' | 'allowEmpty'>,
): number {
  const { outcome } = report.verdict;
  if (outcome === 'no-traffic') return allowEmpty ? 0 : 2;
  if (outcome === 'incomplete' && !isReadInPart(report)) return 2;
  if (outcome === 'not-the-network') return 1;
  return failOn !== 'never' &&
    report.findings.some((finding: Finding) => RANK[finding.severity] >= RANK[failOn])
    ? 1
    : 0;
}

/** A damaged file of which packets were read: what they show counts, and the damage as the warning that it is. */
function isReadInPart({ captures, findings }: Report): boolean {
  return findings.some(({ id }) => id === 'damaged-capture') && captures.some(({ packets }) => packets > 0);
}

/** A whole number within bounds. Throws UserError. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UserError(
    `--${name} cannot be "${text}"`,
    `it takes a whole number from ${min} to ${max}`,
    `--${name} ${Math.min(max, Math.max(min, 1000))}`,
  );
}
