import { dirname, resolve } from 'node:path';
import type { CheckReport } from '../../src/check/check-report.ts';
import type { CauseConfidence } from '../../src/explain/explanation.ts';
import { tryRun } from './command.ts';
import { adminKubeconfig, kubectlPath } from './paths.ts';
import type { Scenario, ScenarioExpectation } from './scenario.ts';

const binFolder = resolve(import.meta.dirname, '../../bin');

/** What a check said, and with which exit status it ended. */
export interface CheckedWay {
  readonly report: CheckReport;
  readonly exitStatus: number | null;
}

/** The words of a scenario's check, behind `kubectl netdebug`. */
export function checkWords({
  target,
  namespace,
  check,
  traceFlags = [],
  checkFlags = [],
  checkFrom = target,
}: Scenario): string[] {
  return ['check', checkFrom, check, '-n', namespace, ...readingNodes(traceFlags), ...checkFlags];
}

/** Checks the way from a scenario's client to what its `check` names, with the program of this checkout. */
export async function checkWay(scenario: Scenario, folder: string): Promise<CheckedWay> {
  const { exitStatus, stdout, stderr } = await tryRun(
    [kubectlPath, 'netdebug', ...checkWords(scenario), '-o', 'json'],
    {
      cwd: folder,
      env: {
        KUBECONFIG: adminKubeconfig,
        TMPDIR: folder,
        PATH: `${binFolder}:${dirname(kubectlPath)}:${process.env['PATH'] ?? ''}`,
      },
      timeoutMs: 120_000,
    },
  );
  if (stdout.trim() === '') throw new Error(`no report of the check, exit status ${exitStatus}: ${stderr}`);
  return { report: JSON.parse(stdout) as CheckReport, exitStatus };
}

/** In what a check under the fault differs from what the trace must show, one sentence each. */
export function checkDeviations(expected: ScenarioExpectation, { report, exitStatus }: CheckedWay): string[] {
  const [right] = expected.causes;
  // A cause that makes nothing fail is a note of the trace.
  if (right === undefined || expected.outcome === 'healthy') {
    const causes = report.causes.filter(({ id }) => !expected.causes.includes(id));
    return openDeviations({ report: { ...report, causes }, exitStatus });
  }
  const [first] = report.causes;
  const atMost: CauseConfidence = expected.confidenceAtMost ?? 'certain';
  return [
    ...(exitStatus === expected.exitStatus
      ? []
      : [`the check's exit status is ${exitStatus} (${report.verdict.text})`]),
    ...(first?.id === right
      ? []
      : [`the check's first cause is ${first?.id ?? 'none'} (${report.verdict.text})`]),
    ...(first?.confidence === 'possible' && atMost !== 'possible'
      ? [`the check's first cause is only possible`]
      : []),
    ...report.causes
      .filter(({ id, confidence }) => confidence === 'certain' && !expected.causes.includes(id))
      .map(({ id }) => `the check calls ${id} certain`),
  ];
}

/** In what a check of a way that nothing blocks differs from "open". */
export function openDeviations({ report, exitStatus }: CheckedWay): string[] {
  const { verdict, causes } = report;
  return verdict.outcome === 'open' &&
    exitStatus === 0 &&
    causes.every(({ confidence }) => confidence === 'possible')
    ? []
    : [`the check says ${verdict.outcome} (${exitStatus}): ${verdict.text}`];
}

/** Of a trace's flags what a check takes too. */
function readingNodes(traceFlags: readonly string[]): string[] {
  return traceFlags.filter((flag) => flag === '--read-node');
}
