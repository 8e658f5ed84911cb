import type { Finding } from '../detect/finding.ts';
import { detectors } from '../detect/index.ts';
import type { Cause } from '../explain/explanation.ts';
import { amount } from './amounts.ts';
import { captureLetter } from './captures-section.ts';
import { cellWidth, fitCells, startCells } from './cells.ts';
import { paintSeverity, PLAIN } from './colour.ts';
import { type Column, tableLines } from './columns.ts';
import { labelled, labelledBlock, type Sheet } from './layout.ts';
import { seenAtSentences } from './pairs-section.ts';
import { plainText } from './plain-text.ts';
import { seenInShort } from './seen.ts';
import { clockSpan } from './times.ts';

/** Rows and blocks beyond these are named by their number; -o wide shows all. */
const MAX_ROWS = 20;
const MAX_BLOCKS = 10;
const MAX_CAUSES = 3;
const MAX_EVIDENCE = 6;
/** A cell of names or counts; longer ones lose their middle, and sooner where the terminal is narrow. */
const MAX_CELL = 58;
const MIN_CELL = 18;

/** The table of findings: one row each, numbered as the blocks below it. */
export function findingsTable(sheet: Sheet): string[] {
  const { findings } = sheet.report;
  if (findings.length === 0) return [];
  const shown = sheet.wide ? findings : findings.slice(0, MAX_ROWS);
  const more = findings.length - shown.length;
  const lines = fittingTable(sheet, shown);
  return more === 0
    ? lines
    : [...lines, `   ${amount(more, 'more finding')}, all of them with -o wide or -o json`];
}

/** What was seen is cut first, it stands in the blocks below; then the frames go, which --frames lists; then the ends are cut. */
function fittingTable(sheet: Sheet, shown: readonly Finding[]): string[] {
  const { widthCells } = sheet.options;
  // Measured without colour, which takes no cells.
  const plain: Sheet = { ...sheet, options: { ...sheet.options, paint: PLAIN } };
  const excess = (limits: Limits): number =>
    sheet.wide || widthCells === 0
      ? 0
      : Math.max(0, ...tableLines(shown, columns(plain, limits)).map(cellWidth)) - widthCells;
  const narrower = (texts: readonly string[], over: number): number => {
    const longest = Math.max(...texts.map((text) => cellWidth(plainText(text))));
    return over <= 0 ? MAX_CELL : Math.max(MIN_CELL, Math.min(MAX_CELL, longest) - over);
  };
  const limits = { ends: MAX_CELL, seen: MAX_CELL, withFrames: true };
  limits.seen = narrower(
    shown.map((finding) => seenText(finding, sheet.naming)),
    excess(limits),
  );
  limits.withFrames = excess(limits) <= 0;
  limits.ends = narrower(
    shown.map((finding) => fromTo(finding, sheet.naming)),
    excess(limits),
  );
  return tableLines(shown, columns(sheet, limits));
}

function seenText(finding: Finding, naming: Sheet['naming']): string {
  return seenInShort(finding, naming) || naming.sentence(finding.text);
}

/** Most cells of who talked to whom, and of what was seen; whether there is room for the frames. */
interface Limits {
  readonly ends: number;
  readonly seen: number;
  readonly withFrames: boolean;
}

function columns({ report, naming, options, wide }: Sheet, limits: Limits): Column<Finding>[] {
  // Made plain first: what is written in the place of a character that cannot be printed is longer.
  const fit = (text: string, cells: number): string => (wide ? text : fitCells(plainText(text), cells));
  const start = (text: string, cells: number): string =>
    wide || cells === MAX_CELL ? fit(text, cells) : startCells(plainText(text), cells);
  return [
    { title: '', align: 'right', text: (_finding, index) => String(index + 1) },
    {
      title: 'SEVERITY',
      text: (finding) => finding.severity,
      paint: (text, finding) => paintSeverity(options.paint, finding.severity, text),
    },
    { title: 'FINDING', text: (finding) => finding.id },
    {
      title: 'CAPTURE',
      text: (finding) => (report.captures.length > 1 ? placesOf(finding) : ''),
      optional: true,
    },
    { title: 'FROM → TO', text: (finding) => fit(fromTo(finding, naming), limits.ends) },
    {
      title: 'SEEN',
      text: (finding) => start(seenText(finding, naming), limits.seen),
    },
    {
      title: 'FRAMES',
      text: (finding) => (limits.withFrames ? frames(finding.frames, wide ? 16 : 3) : ''),
      optional: true,
    },
    ...(wide ? [{ title: 'SURE', text: (finding: Finding) => finding.confidence }] : []),
  ];
}

/** "pod/client → svc/payments:80"; "-" for a finding about the capture itself. */
export function fromTo(finding: Finding, naming: Sheet['naming']): string {
  const ends = [naming.host(finding.client), naming.endpoint(finding.server)].filter((end) => end !== '');
  return ends.length === 0 ? '-' : ends.join(' → ');
}

/** "113,148,207…". */
export function frames(numbers: readonly number[], shown: number): string {
  const text = numbers.slice(0, shown).join(',');
  return numbers.length > shown ? `${text}…` : text;
}

/** A block for each finding that is more than a note: seen, cause, evidence, fix, next command. */
export function findingBlocks(sheet: Sheet): string[][] {
  const { findings } = sheet.report;
  const worth = findings
    .map((finding, index) => ({ finding, index }))
    .filter(({ finding }) => sheet.wide || finding.severity !== 'info');
  const shown = sheet.wide ? worth : worth.slice(0, MAX_BLOCKS);
  const blocks = shown.map(({ finding, index }) => findingBlock(sheet, finding, index));
  const more = worth.length - shown.length;
  return more === 0
    ? blocks
    : [...blocks, [`${amount(more, 'more finding')} without a block here: -o wide shows all`]];
}

function findingBlock(sheet: Sheet, finding: Finding, index: number): string[] {
  const { paint } = sheet.options;
  const causes = sheet.report.causes.filter((cause) => cause.findingIndexes.includes(index));
  const [first] = causes;
  const aside = isAside(sheet, finding, index) ? paint.faint('   (not the reason for 1)') : '';
  return [
    `${String(index + 1).padEnd(3)}${paintSeverity(paint, finding.severity, finding.id)}${aside}`,
    ...labelled(
      sheet,
      'SEEN',
      [`${clockSpan(finding.firstSeen, finding.lastSeen)}${sheet.naming.sentence(finding.text)}`],
      3,
    ),
    ...labelled(sheet, 'SEEN AT', seenAtSentences(sheet.report, finding), 3),
    ...(first === undefined ? unexplained(sheet, finding, index) : causesLines(sheet, causes, index)),
    ...policyLines(sheet, index),
  ];
}

/** Policies that may be behind it, each with the command that shows it. */
function policyLines(sheet: Sheet, index: number): string[] {
  const suspects = sheet.report.policySuspects.filter((suspect) => suspect.findingIndexes.includes(index));
  const shown = sheet.wide ? suspects : suspects.slice(0, MAX_CAUSES);
  const more = suspects.length - shown.length;
  return [
    ...shown.flatMap(({ text, next }) => [
      ...labelled(sheet, 'POLICY', [text], 3),
      ...labelledBlock(sheet, 'NEXT', next, 3),
    ]),
    ...(more > 0 ? labelled(sheet, '', [`${amount(more, 'more policy', 'more policies')}: -o wide`], 3) : []),
  ];
}

/** A warning beside an error, and no cause explains both: it is said, or everybody starts with it. */
function isAside(sheet: Sheet, finding: Finding, index: number): boolean {
  const [worst] = sheet.report.findings;
  const shared = sheet.report.causes.some(
    (cause) => cause.findingIndexes.includes(0) && cause.findingIndexes.includes(index),
  );
  const proven = sheet.report.causes.some(
    (cause) => cause.confidence === 'certain' && cause.findingIndexes.includes(0),
  );
  return index > 0 && worst?.severity === 'error' && finding.severity === 'warning' && proven && !shared;
}

function unexplained(sheet: Sheet, finding: Finding, index: number): string[] {
  if (finding.severity === 'info') return [];
  const cause =
    finding.severity === 'error'
      ? labelled(sheet, 'CAUSE', ['not proven: nothing that could be read explains it'], 3)
      : [];
  return [
    ...cause,
    ...labelled(sheet, 'USUALLY', usualCauses(sheet, finding, index), 3),
    ...labelled(sheet, 'NEXT', [`kubectl netdebug explain ${finding.id}`], 3),
  ];
}

/** What the finding's page names as its reasons: no proof, but where to look first. */
function usualCauses({ report }: Sheet, finding: Finding, index: number): readonly string[] {
  const before = report.findings.findIndex(
    ({ id }, at) => id === finding.id && !report.causes.some((cause) => cause.findingIndexes.includes(at)),
  );
  if (before >= 0 && before < index) return [`the same as for ${before + 1}`];
  const doc = detectors.find(({ id }) => id === finding.id)?.doc;
  return doc?.causes.slice(0, MAX_CAUSES) ?? [];
}

function causesLines(sheet: Sheet, causes: readonly Cause[], index: number): string[] {
  const shown = sheet.wide ? causes : causes.slice(0, MAX_CAUSES);
  const lines = shown.flatMap((cause) => causeLines(sheet, cause, index));
  const more = causes.length - shown.length;
  return more === 0
    ? lines
    : [...lines, ...labelled(sheet, '', [`${amount(more, 'more possible cause')}: -o wide`], 3)];
}

/** In full where the cause comes up first; after that a reference. */
function causeLines(sheet: Sheet, cause: Cause, index: number): string[] {
  const home = cause.findingIndexes[0] ?? index;
  if (home !== index)
    return labelled(sheet, 'CAUSE', [`${cause.confidence}: the same as for ${home + 1}, ${cause.id}`], 3);
  return [
    ...labelled(sheet, 'CAUSE', [`${cause.confidence}: ${cause.text}`], 3),
    ...labelled(sheet, 'EVIDENCE', evidenceLines(sheet, cause), 3),
    ...labelledBlock(sheet, 'FIX', cause.fix, 3),
    ...labelledBlock(sheet, 'NEXT', cause.next, 3),
  ];
}

function evidenceLines({ wide }: Sheet, { evidence }: Cause): string[] {
  const more = evidence.length - MAX_EVIDENCE;
  if (wide || more <= 1) return [...evidence];
  return [...evidence.slice(0, MAX_EVIDENCE), `${more} more lines of evidence: -o wide`];
}

/** "A", or "A,C" where the same packets show it at several places. */
function placesOf({ capture, details }: Finding): string {
  return [capture, ...(details.alsoIn ?? [])]
    .toSorted((a, b) => a - b)
    .map(captureLetter)
    .join(',');
}
