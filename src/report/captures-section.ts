import type { CaptureSummary } from '../capture/capture.ts';
import { byteSize, lasting, thousands } from './amounts.ts';
import { type Column, tableLines } from './columns.ts';
import { labelled, type Sheet } from './layout.ts';
import { offsetName, spanSeconds, timeSpan, wholeSpan } from './times.ts';

/** Most comments of captures that are shown; wide and JSON have them all. */
const MAX_COMMENTS = 8;

/** The table of captures and the time they span. */
export function capturesSection(sheet: Sheet): string[] {
  const { captures } = sheet.report;
  if (captures.length === 0) return [];
  return [...tableLines(captures, columns(sheet)), ...timeLines(sheet), ...commentLines(sheet)];
}

function commentLines(sheet: Sheet): string[] {
  const { captures } = sheet.report;
  const comments = captures.flatMap(({ comments: own = [], vantagePoint }) =>
    captures.length > 1 ? own.map((text) => `${vantagePoint}: ${text}`) : own,
  );
  const shown = sheet.wide ? comments : comments.slice(0, MAX_COMMENTS);
  const more = comments.length - shown.length;
  return labelled(sheet, 'COMMENT', [...shown, ...(more > 0 ? [`${thousands(more)} more: -o wide`] : [])]);
}

function columns({ report, wide }: Sheet): Column<CaptureSummary>[] {
  const title = report.captures.some((capture) => capture.container !== '' || capture.node !== '')
    ? 'TARGET'
    : 'CAPTURE';
  const numbered: Column<CaptureSummary>[] =
    report.captures.length > 1
      ? [{ title: '', align: 'right', text: (_capture, index) => captureLetter(index) }]
      : [];
  const last: Column<CaptureSummary>[] = wide
    ? [
        { title: 'ENDED BY', text: (capture) => capture.ended },
        {
          title: 'FIRST AND LAST PACKET',
          text: (capture) => timeSpan(capture.firstSeen, capture.lastSeen),
          optional: true,
        },
      ]
    : [];
  return [
    ...numbered,
    { title, text: (capture) => capture.vantagePoint },
    { title: 'NODE', text: (capture) => capture.node, optional: true },
    {
      title: 'ADDRESS',
      text: (capture) => (wide ? capture.addresses.join(',') : (capture.addresses[0] ?? '')),
      optional: true,
    },
    { title: 'CONTAINER', text: (capture) => capture.container, optional: true },
    { title: 'PACKETS', align: 'right', text: (capture) => thousands(capture.packets) },
    { title: 'SIZE', align: 'right', text: (capture) => byteSize(capture.bytes) },
    {
      title: 'DROPPED',
      align: 'right',
      text: (capture) => (capture.dropped === null ? 'not counted' : thousands(capture.dropped)),
    },
    ...last,
  ];
}

/** Several captures are told apart by a letter: findings are numbered, captures are not. */
export function captureLetter(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : `${captureLetter(Math.floor(index / 26) - 1)}${captureLetter(index % 26)}`;
}

function timeLines(sheet: Sheet): string[] {
  const { firstSeen, lastSeen } = wholeSpan(sheet.report.captures);
  const span = timeSpan(firstSeen, lastSeen);
  if (span === '') return [];
  const { utcOffsetMinutes } = sheet.options;
  const local = utcOffsetMinutes === 0 ? '' : `, local time is now ${offsetName(utcOffsetMinutes)}`;
  return labelled(sheet, 'TIME', [
    `${span} (${lasting(spanSeconds(firstSeen, lastSeen))} between first and last packet${local})`,
  ]);
}
