/**
 * Text from outside made fit to be printed: names, packets and messages of the cluster may carry
 * terminal escape sequences, line breaks that fake a line of ours, or characters that turn the
 * direction of writing. Every renderer passes every string through here.
 */

/** Longer values are cut: nothing that is meant to be read in a table is longer. */
export const MAX_TEXT_LENGTH = 512;

/**
 * C0, DEL, C1, soft hyphen, bidi controls and marks, zero-width and other invisible characters,
 * line separators, tag characters, lone surrogates (Unicode 16, UAX #9, UTS #39).
 */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

/** One line of plain text: unprintable characters become ⟨U+202E⟩, the rest beyond `maxLength` becomes "…". */
export function plainText(value: string, maxLength: number = MAX_TEXT_LENGTH): string {
  // Cut first, so that megabytes of hostile text are never scanned.
  const cut =
    value.length > maxLength ? `${value.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…` : value;
  return cut.replace(UNPRINTABLE, nameCharacter);
}

/** Text of several lines, such as YAML to paste: each line as {@link plainText}, at most `maxLines`. */
export function plainLines(value: string, maxLines: number = 60): string[] {
  const lines = value
    .slice(0, MAX_TEXT_LENGTH * maxLines)
    .replace(/\r\n/g, '\n')
    .replace(/\n+$/, '')
    .split('\n');
  const shown = lines.slice(0, maxLines).map((line) => plainText(line.replace(/\t/g, '  ')));
  if (lines.length > maxLines) shown.push(`… ${lines.length - maxLines} more lines`);
  return shown;
}

/** The same characters as \uXXXX, for JSON and for double-quoted YAML: the data stays what it was. */
export function escapeInQuotes(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    character === '\n'
      ? character
      : character
          .split('')
          .map((unit) => `\\u${hex(unit.charCodeAt(0))}`)
          .join(''),
  );
}

/** Whether a value holds characters that must not be printed as they are. */
export function isUnprintable(value: string): boolean {
  return value.search(UNPRINTABLE) >= 0;
}

function nameCharacter(character: string): string {
  return `⟨U+${hex(character.codePointAt(0) ?? 0).toUpperCase()}⟩`;
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0');
}
