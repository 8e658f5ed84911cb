import type { Finding } from '../detect/finding.ts';
import { amount } from './amounts.ts';
import { tableLines } from './columns.ts';
import { fromTo } from './findings-section.ts';
import { joinSections, labelled, type RenderOptions, type Sheet } from './layout.ts';
import { namingOf } from './naming.ts';
import type { Report } from './report.ts';

/** A packet in one line, as it is listed. */
export interface FrameRow {
  readonly number: number;
  /** ISO 8601 in UTC; may be empty. */
  readonly time: string;
  /** "address:port" or an address. */
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly lengthBytes: number;
  readonly summary: string;
}

/** The evidence of findings: what each says, and its packets in one line each. `rows`: by frame number. */
export function renderFrames(
  report: Report,
  findings: readonly Finding[],
  rows: ReadonlyMap<number, FrameRow>,
  options: RenderOptions,
): string {
  const sheet: Sheet = { report, options, naming: namingOf(report, 'short'), wide: false };
  return joinSections(findings.map((finding) => framesOf(sheet, finding, rows)));
}

function framesOf(sheet: Sheet, finding: Finding, rows: ReadonlyMap<number, FrameRow>): string[] {
  const { naming } = sheet;
  const shown = finding.frames.map((frame) => rows.get(frame)).filter((row) => row !== undefined);
  const head = labelled(sheet, 'FINDING', [
    `${finding.id}  ${fromTo(finding, naming)}: ${naming.sentence(finding.text)}`,
  ]);
  if (shown.length === 0) return [...head, ...labelled(sheet, '', ['no single packet shows it'])];
  return [...head, ...frameTable(shown, naming)];
}

/** The packets of a selection, in one line each; `count` of them there are in all. */
export function renderSelected(
  report: Report,
  selection: string,
  rows: readonly FrameRow[],
  count: number,
  options: RenderOptions,
): string {
  const sheet: Sheet = { report, options, naming: namingOf(report, 'short'), wide: false };
  const head = labelled(sheet, 'SELECTED', [`${selection}: ${amount(count, 'packet')}`]);
  const more = count - rows.length;
  return joinSections([
    [
      ...head,
      ...(rows.length === 0 ? [] : frameTable(rows, sheet.naming)),
      ...(more === 0 ? [] : [`${amount(more, 'more packet')}: write them all to a file with -w FILE`]),
    ],
  ]);
}

function frameTable(rows: readonly FrameRow[], naming: Sheet['naming']): string[] {
  return tableLines(rows, [
    { title: 'FRAME', align: 'right', text: ({ number }) => String(number) },
    { title: 'TIME (UTC)', text: ({ time }) => time.slice(11, -1) || '-' },
    { title: 'FROM', text: ({ source }) => naming.endpoint(source) || '-' },
    { title: 'TO', text: ({ destination }) => naming.endpoint(destination) || '-' },
    { title: 'PROTOCOL', text: ({ protocol }) => protocol },
    { title: 'BYTES', align: 'right', text: ({ lengthBytes }) => String(lengthBytes) },
    { title: 'SAYS', text: ({ summary }) => summary },
  ]);
}
