import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { wrapCells } from '../report/cells.ts';
import { tableLines } from '../report/columns.ts';
import type { Given } from './command.ts';
import { nearestWord } from './nearest.ts';
import { listPages, type Page } from './pages.ts';

/** Width of a page where the terminal names none: long lines are hard to read. */
const PAGE_CELLS = 100;
const LABEL_CELLS = 10;

/** Prints one page, or the list of pages. */
export async function runExplain(given: Given, io: Io): Promise<number> {
  const pages = listPages();
  const [id] = given.operands;
  if (id === undefined) {
    await io.stdout.write(`${pageList(pages).join('\n')}\n`);
    return 0;
  }
  const page = pages.find((known) => known.id === id);
  if (page === undefined) throw unknownPage(id, pages);
  const width = io.stdout.widthCells === 0 ? PAGE_CELLS : Math.min(PAGE_CELLS, io.stdout.widthCells);
  await io.stdout.write(`${pageLines(page, width).join('\n')}\n`);
  return 0;
}

function unknownPage(id: string, pages: readonly Page[]): UserError {
  const near = nearestWord(
    id,
    pages.map((page) => page.id),
  );
  return new UserError(
    `there is no page "${id}"`,
    near === undefined ? 'neither a finding nor a cause has this id' : `did you mean ${near}?`,
    near === undefined ? 'kubectl netdebug explain' : `kubectl netdebug explain ${near}`,
  );
}

function pageList(pages: readonly Page[]): string[] {
  return tableLines(pages, [
    { title: 'ID', text: (page) => page.id },
    { title: 'KIND', text: (page) => page.kind },
    { title: 'TITLE', text: (page) => page.title },
  ]);
}

function pageLines(page: Page, width: number): string[] {
  const sections = page.sections.filter((section) => section.items.length > 0);
  return [
    `${page.id} (${page.kind}): ${page.title}`,
    ...sections.flatMap((section) => ['', ...sectionLines(section.title, section.items, width)]),
  ];
}

/** Items of a list are told apart by a dash; commands are not broken. */
function sectionLines(title: string, items: readonly string[], width: number): string[] {
  const mark = items.length > 1 ? '- ' : '';
  const lines = items.flatMap((item) => {
    const wrapped = item.startsWith('kubectl ') ? [item] : wrapCells(item, width - LABEL_CELLS - mark.length);
    return wrapped.map((line, at) => (at === 0 ? mark : ' '.repeat(mark.length)) + line);
  });
  return lines.map((line, at) => (at === 0 ? title.padEnd(LABEL_CELLS) : ' '.repeat(LABEL_CELLS)) + line);
}
