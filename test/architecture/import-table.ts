import { readFileSync } from 'node:fs';

/** A row of the import table in `ARCHITECTURE.md`. Paths are relative to `src/`; folders end in `/`. */
export interface ImportRule {
  readonly path: string;
  readonly pure: boolean;
  readonly sources: readonly string[];
  readonly packages: readonly string[];
}

const codeSpans = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

/** Reads the table that follows the heading "Who may import whom". */
export function readImportTable(): ImportRule[] {
  const text = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('Who may import whom')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    const [, path = '', world = '', sources = '', packages = ''] = row.split('|').map((cell) => cell.trim());
    return {
      path: codeSpans(path)[0]!,
      pure: world === 'pure',
      sources: codeSpans(sources),
      packages: codeSpans(packages),
    };
  });
}

/** Whether a table entry (`kube/` or `errors.ts`) covers a file of `src/`. */
export const covers = (entry: string, file: string): boolean =>
  entry.endsWith('/') ? file.startsWith(entry) : file === entry;

/** The rule of a file: its own row, or its folder's. */
export function ruleFor(rules: readonly ImportRule[], file: string): ImportRule | undefined {
  return rules.find((rule) => rule.path === file) ?? rules.find((rule) => covers(rule.path, file));
}
