import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const documents = globSync(['*.md', 'docs/adr/*.md'], { cwd: root }).toSorted();
const read = (document: string): string => readFileSync(join(root, document), 'utf8');

test.each(documents)('%s names only files and folders that exist', (document) => {
  const named = [...read(document).matchAll(/`((?:src|test|docs|bin|scripts|\.ci)\/[^`\s<*…]*)`/g)];
  const linked = [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)];
  const missing = [
    ...named.map((match) => match[1]!).filter((path) => !existsSync(join(root, path))),
    ...linked.map((match) => match[1]!).filter((path) => !existsSync(join(root, dirname(document), path))),
  ];
  expect(missing).toEqual([]);
});

test.each(documents)('%s names only npm scripts that exist', (document) => {
  const named = [...read(document).matchAll(/npm run ([a-z:]+)/g)].map((match) => match[1]!);
  expect(named.filter((name) => !(name in packageJson.scripts))).toEqual([]);
});

test('decisions have a number of their own, their title and a status', () => {
  const decisions = documents.filter((document) => document.startsWith('docs/adr/'));
  const numbers = decisions.map((document) => /\/(\d{4})-[a-z0-9-]+\.md$/.exec(document)?.[1]);
  expect(new Set(numbers).size).toBe(decisions.length);
  for (const [index, document] of decisions.entries()) {
    expect(read(document)).toMatch(
      new RegExp(`^# ${numbers[index]} .+\\n\\nStatus: (accepted|superseded by \\d{4})\\n`),
    );
  }
});

test('ARCHITECTURE.md can be read in one sitting', () => {
  expect(read('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(150);
});
