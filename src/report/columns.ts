import Table from 'cli-table3';
import { plainText } from './plain-text.ts';

/** A column of a table: its title, its side, and the text of one row. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly text: (row: Row, index: number) => string;
  /** Applied to the finished cell; adds colour only. */
  readonly paint?: (text: string, row: Row) => string;
  /** Left out if all its cells are empty. */
  readonly optional?: boolean;
}

/** kubectl's look: no lines, two spaces between columns. */
const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** Lines of a table with upper-case titles, as kubectl prints them. Cells are made plain here. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const cells = columns.map((column) => rows.map((row, index) => plainText(column.text(row, index))));
  const kept = columns.map((column, at) => ({ column, cells: cells[at] ?? [] })).filter(isShown);
  const table = new Table({
    head: kept.map(({ column }) => column.title),
    colAligns: kept.map(({ column }) => column.align ?? 'left'),
    chars: NO_LINES,
    // Empty lists: cli-table3 would colour heads and borders even when nobody wants colour.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  rows.forEach((row, index) => {
    table.push(kept.map(({ column, cells: texts }) => painted(column, texts[index] ?? '', row)));
  });
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function isShown<Row>({ column, cells }: { column: Column<Row>; cells: readonly string[] }): boolean {
  return column.optional !== true || cells.some((cell) => cell !== '');
}

function painted<Row>(column: Column<Row>, text: string, row: Row): string {
  return column.paint === undefined || text === '' ? text : column.paint(text, row);
}
