import { plainLines, plainText } from './plain-text.ts';

/** Prose for Markdown: characters that format, link or ping are escaped (CommonMark, GitHub, Jira's `{…}` and `[~…]`). */
export function prose(text: string): string {
  return (
    plainText(text)
      .replace(/[\\`*_[\]<>{}|~]/g, (character) => `\\${character}`)
      // In a code span no number becomes a link to an issue and no name a mention that pings somebody.
      .replace(/[#@](?=\w)/g, '`$&`')
      .replace(/^(\s*)([-+]|\d+[.)])(?=\s)/, '$1\\$2')
  );
}

/** A code span that holds any text, back-ticks included (CommonMark §6.1). */
export function codeSpan(text: string): string {
  const plain = plainText(text);
  if (plain === '') return '';
  const fence = '`'.repeat(longestRun(plain) + 1);
  const pad = plain.startsWith('`') || plain.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${plain}${pad}${fence}`;
}

/** A code span inside a table cell: there, GitHub reads `|` as the cell's end even in code. */
export function codeCell(text: string): string {
  return codeSpan(text).replaceAll('|', '\\|');
}

/** A fenced block that no line of the text can close. */
export function codeBlock(text: string, language: string): string[] {
  const lines = plainLines(text);
  const fence = '`'.repeat(Math.max(3, ...lines.map((line) => longestRun(line) + 1)));
  return [`${fence}${language}`, ...lines, fence];
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
