import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COVERAGE, type CoverageRow } from './coverage-rows.ts';
import { fail } from './failure.ts';
import { rootFolder } from './paths.ts';

/*
 * `npm run coverage`: writes docs/coverage.md from what was printed on the test cluster (`npm run scenarios`,
 * `npm run outputs`).
 */

const MAX_LINE = 220;

/** The page as Markdown. Throws if something that it shows was not printed. */
export function coveragePage(): string {
  const parts = Object.entries(COVERAGE).map(([title, rows]) =>
    [`## ${title}`, ...rows.map(rowText)].join('\n\n'),
  );
  return [
    '# What guides teach by hand, and what is shown instead',
    'Written by `npm run coverage`. Each step that troubleshooting guides for Kubernetes networks teach, the command that takes its place, and the lines that it printed on the test cluster; the whole outputs are in `docs/scenarios/` and `docs/outputs/`.',
    ...parts,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function rowText({ byHand, instead, from, lines }: CoverageRow): string {
  const file = join(rootFolder, 'docs', `${from}.txt`);
  if (!existsSync(file)) missing(from, 'it was not printed yet');
  const printed = readFileSync(file, 'utf8').split('\n');
  const found = lines.map((line) => printed.findIndex((text) => line.test(text)));
  if (found.includes(-1)) missing(from, `no line of it matches ${String(lines[found.indexOf(-1)])}`);
  const shown = found.toSorted((a, b) => a - b);
  const command = printed.slice(0, (shown[0] ?? 0) + 1).findLast((text) => text.startsWith('$ ')) ?? '';
  const body = [command, ...shown.map((at) => cut(printed[at] ?? ''))];
  return `**${byHand}** ${instead}\n\n\`\`\`\n${body.join('\n')}\n\`\`\``;
}

function cut(line: string): string {
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line;
}

/** Throws: the page shows nothing that was not printed. */
function missing(from: string, why: string): never {
  throw new Error(`docs/${from}.txt cannot be shown: ${why}`);
}

if (import.meta.main) {
  try {
    writeFileSync(join(rootFolder, 'docs/coverage.md'), coveragePage());
  } catch (error) {
    fail('cannot write docs/coverage.md', String(error), 'npm run scenarios; npm run outputs');
  }
}
