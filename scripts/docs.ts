import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedPages, withFlagTable } from './pages.ts';
import { rootFolder } from './paths.ts';

/**
 * `npm run docs`: writes the page of every finding and cause, and the README's table of flags, from what the
 * sources say. The folders of pages are written anew, so that nothing stale stays.
 */
const pages = generatedPages();
for (const folder of new Set([...pages.keys()].map(dirname))) {
  rmSync(join(rootFolder, folder), { recursive: true, force: true });
  mkdirSync(join(rootFolder, folder), { recursive: true });
}
for (const [path, text] of pages) writeFileSync(join(rootFolder, path), text);

const readme = join(rootFolder, 'README.md');
if (existsSync(readme)) writeFileSync(readme, withFlagTable(readFileSync(readme, 'utf8')));
console.error(`wrote ${pages.size} pages`);
