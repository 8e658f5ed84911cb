import { labelled, labelledBlock, type Sheet } from './layout.ts';
import type { Outcome } from './report.ts';
import { EMPTY_CAPTURE_REASONS } from './verdict.ts';

/** The verdict in one line, in the colour of its outcome. */
export function verdictSection(sheet: Sheet): string[] {
  const { verdict, findings } = sheet.report;
  const lines = labelled(sheet, 'VERDICT', [sheet.naming.sentence(verdict.text)]);
  const painted = outcomePainter(sheet, verdict.outcome, findings.some((finding) => finding.severity === 'error'));
  return verdict.outcome === 'no-traffic' ? [...lines.map(painted), ...labelled(sheet, 'REASONS', EMPTY_CAPTURE_REASONS)] : lines.map(painted);
}

/** Grey is for "nothing can be said": incomplete and no-traffic are never green. */
function outcomePainter({ options: { paint } }: Sheet, outcome: Outcome, anyError: boolean): (text: string) => string {
  if (outcome === 'healthy' || outcome === 'not-the-network') return paint.good;
  if (outcome === 'findings') return anyError ? paint.error : paint.warning;
  return paint.strong;
}

/** What this report does not show: damage of captures, and what could not be read from the cluster. */
export function limitsSection(sheet: Sheet): string[] {
  const { captures, unknowns } = sheet.report;
  const several = captures.length > 1;
  const damage = captures.flatMap((capture) => capture.problems.map((problem) => (several ? `${capture.vantagePoint}: ${problem}` : problem)));
  const lines = [
    ...labelled(sheet, '', damage),
    ...unknowns.flatMap(({ what, why, next }) => [...labelled(sheet, '', [`not read: ${what} (${why})`]), ...labelledBlock(sheet, '', indented(next))]),
  ];
  return lines.map((line, at) => (at === 0 ? (labelled(sheet, 'LIMITS', [line.trimStart()])[0] ?? '') : line));
}

/** Below the sentence that it belongs to; plain lines, never wrapped. */
function indented(command: string): string {
  return command.trim() === '' ? '' : command.trim().split('\n').map((line) => `  ${line}`).join('\n');
}

/** Where to go on reading. */
export function moreSection(sheet: Sheet): string[] {
  const { findings, causes } = sheet.report;
  const [finding] = findings;
  if (finding === undefined) return [];
  const [cause] = causes;
  const pages = [finding.id, ...(cause === undefined ? [] : [cause.id])].map((id) => `kubectl netdebug explain ${id}`);
  return labelled(sheet, 'MORE', pages);
}
