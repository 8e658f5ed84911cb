/** Widths in terminal cells, so that columns stay straight whatever script a name is written in. */

/** East Asian Wide and Fullwidth blocks and emoji take two cells (Unicode UAX #11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const MARK = /^[\p{Mn}\p{Me}]$/u;

/** Cells that a line of plain text (no control characters) takes. */
export function cellWidth(text: string): number {
  let cells = 0;
  for (const character of text) cells += characterWidth(character);
  return cells;
}

/** `text` with spaces up to `cells`; longer text stays as it is. */
export function padCells(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellWidth(text)));
}

/** `text` cut to at most `cells`, its middle replaced by "…": both ends of a name tell most. */
export function fitCells(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text;
  const characters = [...text];
  const tail = take(characters.toReversed(), Math.floor((cells - 1) / 2)).toReversed();
  const head = take(characters, cells - 1 - cellWidth(tail.join('')));
  return `${head.join('')}…${tail.join('')}`;
}

/** `text` cut to at most `cells`, its end replaced by "…": counts stand in front. */
export function startCells(text: string, cells: number): string {
  return cellWidth(text) <= cells
    ? text
    : `${take([...text], cells - 1)
        .join('')
        .trimEnd()}…`;
}

/** Lines of at most `cells`, broken at spaces, but not before "%"; a word that is longer stays whole. `cells` 0: one line. */
export function wrapCells(text: string, cells: number): string[] {
  if (cells <= 0 || cellWidth(text) <= cells) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ (?!%)/)) {
    if (line !== '' && cellWidth(line) + 1 + cellWidth(word) > cells) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

function characterWidth(character: string): number {
  if (character < '\u0300') return 1;
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

function take(characters: readonly string[], cells: number): string[] {
  const taken: string[] = [];
  let width = 0;
  for (const character of characters) {
    width += characterWidth(character);
    if (width > cells) break;
    taken.push(character);
  }
  return taken;
}
