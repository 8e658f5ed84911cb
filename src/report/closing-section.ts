import { labelled, labelledPairs, type Sheet } from './layout.ts';
import type { Outcome } from './report.ts';
import { EMPTY_CAPTURE_REASONS } from './verdict.ts';
import { unreadLines } from './unread.ts';

/** The verdict in one line, in the colour of its outcome. */
export function verdictSection(sheet: Sheet): string[] {
  const { verdict, findings } = sheet.report;
  const lines = labelled(sheet, 'VERDICT', [sheet.naming.sentence(verdict.text)]);
  const painted = outcomePainter(
    sheet,
    verdict.outcome,
    findings.some((finding) => finding.severity === 'error'),
  );
  return verdict.outcome === 'no-traffic'
    ? [...lines.map(painted), ...labelled(sheet, 'REASONS', EMPTY_CAPTURE_REASONS)]
    : lines.map(painted);
}

/** Grey is for "nothing can be said": incomplete and no-traffic are never green. */
function outcomePainter(
  { options: { paint } }: Sheet,
  outcome: Outcome,
  anyError: boolean,
): (text: string) => string {
  if (outcome === 'healthy' || outcome === 'not-the-network') return paint.good;
  if (outcome === 'findings') return anyError ? paint.error : paint.warning;
  return paint.strong;
}

/** What was noticed beside the findings: causes of none of them. */
export function notesSection(sheet: Sheet): string[] {
  const notes = sheet.report.causes.filter(({ findingIndexes }) => findingIndexes.length === 0);
  return labelledPairs(
    sheet,
    'NOTE',
    notes.map(({ confidence, text, next }) => ({ sentence: `${confidence}: ${text}`, command: next })),
  );
}

/** What this report does not show: damage of captures, and what could not be read from the cluster. */
export function limitsSection(sheet: Sheet): string[] {
  const { captures, unknowns } = sheet.report;
  const several = captures.length > 1;
  const damage = captures.flatMap((capture) =>
    capture.problems.map((problem) => (several ? `${capture.vantagePoint}: ${problem}` : problem)),
  );
  return labelledPairs(sheet, 'LIMITS', [
    ...damage.map((sentence) => ({ sentence, command: '' })),
    ...unreadLines(unknowns),
  ]);
}

/** Where to go on reading. */
export function moreSection(sheet: Sheet): string[] {
  const { findings, causes } = sheet.report;
  const [finding] = findings;
  if (finding === undefined) return [];
  const [cause] = causes;
  const pages = [finding.id, ...(cause === undefined ? [] : [cause.id])].map(
    (id) => `kubectl netdebug explain ${id}`,
  );
  return labelled(sheet, 'MORE', [...pages, ...packetsOf(sheet.report)]);
}

/** How to see the packets that prove the first finding: of a single file, whose name needs no quotes. */
function packetsOf({ captures, findings }: Sheet['report']): string[] {
  const [capture, ...others] = captures;
  const isFile = capture?.ended === 'file' && capture.container === '' && others.length === 0;
  if (!isFile || findings[0]?.frames.length === 0 || !/^\w[\w.+-]*$/.test(capture.vantagePoint)) return [];
  return [`kubectl netdebug analyze ${capture.vantagePoint} --frames 1`];
}
