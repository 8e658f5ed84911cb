import type { Report } from '../../src/report/report.ts';
import type { CauseConfidence } from '../../src/explain/explanation.ts';
import type { ScenarioExpectation } from './scenario.ts';

const SURENESS: readonly CauseConfidence[] = ['possible', 'likely', 'certain'];

/** In what a report differs from what the scenario must show, one sentence each; empty: it is as expected. */
export function deviations(
  expected: ScenarioExpectation,
  report: Report,
  exitStatus: number | null,
): string[] {
  const findings = report.findings.map(({ id }) => id);
  const causes = report.causes.map(({ id }) => id);
  const first = report.causes[0];
  return [
    ...expected.findings.filter((id) => !findings.includes(id)).map((id) => `finding ${id} is missing`),
    ...expected.notFindings.filter((id) => findings.includes(id)).map((id) => `finding ${id} must not be`),
    ...expected.causes.filter((id) => !causes.includes(id)).map((id) => `cause ${id} is missing`),
    ...expected.notCauses.filter((id) => causes.includes(id)).map((id) => `cause ${id} must not be`),
    ...(expected.withoutCause === true ? causes.map((id) => `cause ${id} must not be`) : []),
    ...(expected.causes[0] !== undefined && causes[0] !== expected.causes[0]
      ? [`the first cause is ${causes[0] ?? 'none'}`]
      : []),
    ...report.causes
      // One that is about no finding explains none: a note.
      .filter(({ findings: explained }) => explained.length > 0)
      .filter(({ confidence }) => isAbove(confidence, expected.confidenceAtMost ?? 'certain'))
      .map(({ id, confidence }) => `cause ${id} is ${confidence}`),
    ...(first !== undefined && isAbove(expected.confidenceAtLeast ?? 'possible', first.confidence)
      ? [`the first cause is only ${first.confidence}`]
      : []),
    ...report.findings
      .filter(({ severity }) => expected.onlyInfo === true && severity !== 'info')
      .map(({ id, severity }) => `finding ${id} is of severity ${severity}`),
    ...(report.verdict.outcome === expected.outcome
      ? []
      : [`the outcome is ${report.verdict.outcome} (${findings.join(', ') || 'no finding'})`]),
    ...(exitStatus === expected.exitStatus ? [] : [`the exit status is ${exitStatus}`]),
    ...framesBeyondCapture(report),
  ];
}

function isAbove(one: CauseConfidence, other: CauseConfidence): boolean {
  return SURENESS.indexOf(one) > SURENESS.indexOf(other);
}

/** What is named in a finding is in the capture. */
function framesBeyondCapture({ findings, captures }: Report): string[] {
  return findings
    .filter(({ frames, capture }) => Math.max(0, ...frames) > (captures[capture]?.packets ?? 0))
    .map(({ id }) => `finding ${id} names a frame that was not captured`);
}
