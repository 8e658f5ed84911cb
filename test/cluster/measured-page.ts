import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { resolve } from 'node:path';

/** What one row of a table says. */
export type Row = readonly [what: string, value: string];

/** A machine that does something else as well makes the seconds longer; the ratios stay. */
const [loadBefore = 0] = loadavg();

/** Writes a table of measurements between the marks `<!-- NAME: … -->` and `<!-- /NAME -->` of docs/NAME.md. */
export function writeMeasured(name: string, rows: readonly Row[]): void {
  const page = resolve(import.meta.dirname, `../../docs/${name}.md`);
  const [begin, end] = [`<!-- ${name}: written by npm run ${name} -->`, `<!-- /${name} -->`];
  const machine = `Measured on ${cpus().length} CPUs (${cpus()[0]?.model ?? 'unknown'}), Linux ${release()}, load average before ${loadBefore.toFixed(1)}.`;
  const table = ['| what | measured |', '|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)];
  const [before = '', rest] = readFileSync(page, 'utf8').split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`docs/${name}.md has no place for the table`);
  writeFileSync(page, `${before}${begin}\n\n${machine}\n\n${table.join('\n')}\n\n${end}${after}`);
}
