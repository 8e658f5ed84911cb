import type { MatrixReport, MatrixRow } from '../check/matrix.ts';
import { tableLines } from './columns.ts';
import { joinSections, labelled, type RenderOptions } from './layout.ts';

/** A table of FROM × TO: open, denied by whom, or not known. */
export function renderMatrix({ rows, to, verdict, unknowns }: MatrixReport, options: RenderOptions): string {
  const sheet = { options };
  const columns = to.map((text, index) => ({
    title: text,
    text: (row: MatrixRow) => row.cells[index]?.short ?? '–',
    paint: (shown: string, row: MatrixRow) => {
      const outcome = row.cells[index]?.outcome;
      return outcome === 'open'
        ? options.paint.good(shown)
        : outcome === 'fails'
          ? options.paint.error(shown)
          : shown;
    },
  }));
  return joinSections([
    tableLines(rows, [{ title: 'FROM', text: ({ from }) => from }, ...columns]),
    labelled(sheet, 'VERDICT', [verdict.text]),
    labelled(
      sheet,
      'LIMITS',
      unknowns.map((text) => `not read: ${text}`),
    ),
  ]);
}
