import { escapeInQuotes } from './plain-text.ts';
import type { Report } from './report.ts';

/** The report as JSON. Characters that could act on a terminal are written as \uXXXX: the same data, harmless to print. */
export function renderJson(report: Report): string {
  return `${escapeInQuotes(JSON.stringify(report, null, 2))}\n`;
}
