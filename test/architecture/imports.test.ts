import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { covers, readImportTable, ruleFor } from './import-table.ts';
import { analyseSource, readSources, type SourceFile } from './sources.ts';

/** Modules of Node that compute and nothing else. */
const pureNodeModules = new Set(['node:assert', 'node:buffer', 'node:util']);

const rules = readImportTable();
const sources = readSources();

function violations({ file, imports, packages, impurities }: SourceFile): string[] {
  const rule = ruleFor(rules, file);
  if (rule === undefined) return [`${file} has no row in ARCHITECTURE.md`];
  const allowed = [rule.path, ...rule.sources];
  const strangers = imports.filter((path) => !allowed.some((entry) => covers(entry, path)));
  const packagesRefused = packages.filter((name) =>
    name.startsWith('node:') && (!rule.pure || pureNodeModules.has(name))
      ? false
      : !rule.packages.includes(name),
  );
  const touched = rule.pure ? impurities : [];
  return [...strangers, ...packagesRefused, ...touched].map((what) => `${file} may not use ${what}`);
}

describe('the import table of ARCHITECTURE.md', () => {
  test('has a row for each file of src/, and each file keeps to it', () => {
    expect(sources.flatMap(violations)).toEqual([]);
  });

  test('names only what exists', () => {
    const named = rules.flatMap((rule) => [rule.path, ...rule.sources]);
    expect(named.filter((entry) => !existsSync(new URL(`../../src/${entry}`, import.meta.url)))).toEqual([]);
  });

  test.each([
    ['another stage', "import { a } from '../report/report.ts';", 'report/report.ts'],
    ['a stage for its types', "import type { A } from '../report/report.ts';", 'report/report.ts'],
    ['a re-export', "export { a } from '../report/report.ts';", 'report/report.ts'],
    ['a late import', "await import('../kube/kube-api.ts');", 'kube/kube-api.ts'],
    ['a late import of a computed name', 'await import(name);', 'import() of a computed name'],
    ['a package', "import tar from 'tar-stream/pack.js';", 'tar-stream'],
    ['files', "import { readSync } from 'node:fs';", 'node:fs'],
    ['the clock', 'const now = Date.now();', 'Date.now'],
    ['the clock without a name', 'const now = new Date();', 'new Date()'],
    ['chance', 'const seed = Math.random();', 'Math.random'],
    ['the environment', 'const home = process.env;', 'process.env'],
    ['a timer', 'setTimeout(done, 1);', 'setTimeout'],
  ])('is not satisfied when dissect/ uses %s', (_, text, what) => {
    expect(violations(analyseSource('dissect/probe.ts', text))).toEqual([
      `dissect/probe.ts may not use ${what}`,
    ]);
  });
});
