import { amount } from './amounts.ts';
import { captureLetter } from './captures-section.ts';
import { paintSeverity } from './colour.ts';
import { tableLines } from './columns.ts';
import type { Sheet } from './layout.ts';
import { oneClock } from './one-clock.ts';
import { timelineOf } from './timeline.ts';
import { spanSeconds } from './times.ts';

/** What happened in the order of time, one line each (-o wide). Nothing where only the captures begin and end. */
export function timelineSection(sheet: Sheet): string[] {
  const { events, leftOut } = timelineOf(sheet.report, sheet.naming);
  const [first] = events;
  if (first === undefined || sheet.report.findings.length === 0) return [];
  const days = new Set(events.map(({ time }) => time.slice(0, 10)));
  const table = tableLines(events, [
    {
      title: 'TIME (UTC)',
      text: ({ time }) => (days.size > 1 ? `${time.slice(0, 10)} ${time.slice(11, 19)}` : time.slice(11, 23)),
    },
    { title: 'AFTER', align: 'right', text: ({ time }) => `${spanSeconds(first.time, time).toFixed(3)} s` },
    {
      title: 'EVENT',
      text: ({ text }) => text,
      paint: (text, { severity }) => paintSeverity(sheet.options.paint, severity, text),
    },
  ]);
  const more = leftOut === 0 ? [] : [`${amount(leftOut, 'more event')}, the findings with -o json`];
  return [...table, ...more, ...clockNotes(sheet)];
}

/** Whose times were moved, and of which captures it is not known whether they should be. */
function clockNotes({ report }: Sheet): string[] {
  const clock = oneClock(report);
  return report.captures.flatMap((_, index) => {
    const aheadMs = clock.aheadMs(index);
    const name = `capture ${captureLetter(index)}`;
    if (aheadMs === null) return [`${name} by its own clock: its order among the others is not proven`];
    if (aheadMs === 0) return [];
    const seconds = (Math.abs(aheadMs) / 1000).toFixed(3);
    return [`${name} by the clock of A: its own is ${seconds} s ${aheadMs > 0 ? 'ahead' : 'behind'}`];
  });
}
