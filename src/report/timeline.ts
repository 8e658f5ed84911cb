import type { Finding, Severity } from '../detect/finding.ts';
import { lasting, thousands } from './amounts.ts';
import { captureLetter } from './captures-section.ts';
import { fromTo } from './findings-section.ts';
import type { Naming } from './naming.ts';
import { oneClock } from './one-clock.ts';
import type { Report } from './report.ts';
import { spanSeconds } from './times.ts';

/** Something that happened while captures ran. */
export interface TimelineEvent {
  /** ISO 8601 in UTC with microseconds, by the clock of the first capture as far as the others' offsets are known. */
  readonly time: string;
  /** Of which capture it is told. */
  readonly capture: number;
  readonly severity: Severity;
  readonly text: string;
}

/** Most events that are told; notes are left out first, then what came last. */
const MAX_EVENTS = 60;
/** A silence that is worth a line, and how many of them, the longest. */
const MIN_SILENCE_S = 5;
const MAX_SILENCES = 5;

/** Begin and end of captures, findings and silences in the order of time, and how many more there are. */
export function timelineOf(report: Report, naming: Naming): { events: TimelineEvent[]; leftOut: number } {
  const clock = oneClock(report);
  const all = [
    ...report.captures.map((capture, index) => ({
      time: capture.firstSeen,
      capture: index,
      severity: 'info' as const,
      text: `first packet of ${captureName(report, index)}`,
    })),
    ...report.findings.flatMap((finding, index) => findingEvents(report, naming, finding, index)),
    ...report.captures.flatMap((_capture, index) => silences(report, index)),
    ...report.captures.map(({ lastSeen, ended }, index) => ({
      time: lastSeen,
      capture: index,
      severity: 'info' as const,
      // A file ends where its packets end; why it was ended is not known.
      text: `last packet of ${captureName(report, index)}${['', 'file'].includes(ended) ? '' : ` (ended by ${ended})`}`,
    })),
  ]
    .filter(({ time }) => time !== '')
    .map((event) => ({ ...event, time: clock.timeOf(event.time, event.capture) }));
  const weighty = all.filter(({ severity }) => severity !== 'info');
  const notes = all.filter(({ severity }) => severity === 'info');
  const told = new Set([
    ...inOrder(weighty).slice(0, MAX_EVENTS),
    ...notes.slice(0, Math.max(0, MAX_EVENTS - weighty.length)),
  ]);
  return { events: inOrder(all.filter((event) => told.has(event))), leftOut: all.length - told.size };
}

/** Stable: what happened at the same time stays in the order in which it was said. */
function inOrder(events: readonly TimelineEvent[]): TimelineEvent[] {
  return events.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

function captureName({ captures }: Report, index: number): string {
  return captures.length > 1 ? `capture ${captureLetter(index)}` : 'the capture';
}

function findingEvents(report: Report, naming: Naming, finding: Finding, index: number): TimelineEvent[] {
  const { capture, severity, firstSeen, lastSeen, id, count } = finding;
  const where = report.captures.length > 1 ? ` in ${captureLetter(finding.capture)}` : '';
  const ends = fromTo(finding, naming);
  const name = `${index + 1} ${id}${where}${ends === '-' ? '' : `: ${ends}`}`;
  if (firstSeen === lastSeen || count === 1) return [{ time: firstSeen, capture, severity, text: name }];
  const forSeconds = spanSeconds(firstSeen, lastSeen);
  return [
    { time: firstSeen, capture, severity, text: `${name}, for the first time` },
    {
      time: lastSeen,
      capture,
      severity,
      text: `${name}, for the last time (${thousands(count)} times in ${lasting(forSeconds)})`,
    },
  ];
}

/** Stretches in which no conversation of a capture was under way. */
function silences(report: Report, index: number): TimelineEvent[] {
  const spans = report.conversations
    .filter(({ capture, firstSeen }) => capture === index && firstSeen !== '')
    .toSorted((a, b) => (a.firstSeen < b.firstSeen ? -1 : 1));
  const found: { time: string; lasted: number }[] = [];
  let until = spans[0]?.lastSeen ?? '';
  for (const { firstSeen, lastSeen } of spans) {
    const lasted = spanSeconds(until, firstSeen);
    if (lasted >= MIN_SILENCE_S) found.push({ time: until, lasted });
    if (lastSeen > until) until = lastSeen;
  }
  const which = report.captures.length > 1 ? ` in ${captureLetter(index)}` : '';
  return found
    .toSorted((a, b) => b.lasted - a.lasted)
    .slice(0, MAX_SILENCES)
    .map(({ time, lasted }) => ({
      time,
      capture: index,
      severity: 'info',
      text: `silence${which}: no conversation under way for ${lasting(lasted)}`,
    }));
}
