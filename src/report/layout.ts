import { padCells, wrapCells } from './cells.ts';
import type { Paint } from './colour.ts';
import type { Naming } from './naming.ts';
import { plainLines, plainText } from './plain-text.ts';
import type { Report } from './report.ts';

/** What the caller decides about a rendering; the report itself stays the same. */
export interface RenderOptions {
  readonly paint: Paint;
  /** The reader's offset from UTC in minutes, east positive; named once beside UTC times. */
  readonly utcOffsetMinutes: number;
  /** Width of the terminal in cells at which prose is wrapped; 0: never. Tables are not wrapped. */
  readonly widthCells: number;
}

/** What each section of the terminal output is drawn from. */
export interface Sheet {
  readonly report: Report;
  readonly naming: Naming;
  readonly options: RenderOptions;
  /** Everything is shown, nothing shortened. */
  readonly wide: boolean;
}

/** Labels take ten cells, as in "VERDICT   …". */
const LABEL_CELLS = 10;

/** Sentences under one label, one line each (a line break inside is escaped, so that no data fakes a line of ours). */
export function labelled(
  sheet: Pick<Sheet, 'options'>,
  label: string,
  sentences: readonly string[],
  indent: number = 0,
): string[] {
  return underLabel(
    sheet,
    label,
    sentences.map((sentence) => plainText(sentence)),
    indent,
  );
}

/** Text of several lines under one label: commands and YAML to paste. */
export function labelledBlock(
  sheet: Pick<Sheet, 'options'>,
  label: string,
  text: string,
  indent: number = 0,
): string[] {
  return underLabel(sheet, label, text.trim() === '' ? [] : plainLines(text), indent);
}

/** A sentence and the command that belongs to it, '' if there is none. */
export interface SentenceWithCommand {
  readonly sentence: string;
  readonly command: string;
}

/** Sentences under one label, each with the command that belongs to it below. */
export function labelledPairs(
  sheet: Pick<Sheet, 'options'>,
  label: string,
  pairs: readonly SentenceWithCommand[],
): string[] {
  const texts = pairs.flatMap(({ sentence, command }) => [
    plainText(sentence),
    ...(command.trim() === '' ? [] : plainLines(command.trim()).map((line) => `  ${line}`)),
  ]);
  return underLabel(sheet, label, texts, 0);
}

function underLabel(
  sheet: Pick<Sheet, 'options'>,
  label: string,
  texts: readonly string[],
  indent: number,
): string[] {
  const start = ' '.repeat(indent);
  const room = sheet.options.widthCells - indent - LABEL_CELLS;
  const lines = texts.flatMap((line) => wrapProse(line, room));
  return lines.map((line, at) => {
    const head =
      at === 0 ? sheet.options.paint.strong(padCells(label, LABEL_CELLS)) : ' '.repeat(LABEL_CELLS);
    return `${start}${head}${line}`.trimEnd();
  });
}

/** Indented lines are YAML or commands: they are never wrapped, or they could not be pasted. */
function wrapProse(line: string, room: number): string[] {
  return /^\s|^kubectl /.test(line) || room < 20 ? [line] : wrapCells(line, room);
}

/** Sections with an empty line between them; empty sections leave nothing. */
export function joinSections(sections: readonly (readonly string[])[]): string {
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
