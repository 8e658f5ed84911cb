import { escapeInQuotes } from './plain-text.ts';
/** A report as JSON. Characters that could act on a terminal are written as \uXXXX: the same data, harmless to print. */
export function renderJson(report: object): string {
  return `${escapeInQuotes(JSON.stringify(report, null, 2))}\n`;
}
