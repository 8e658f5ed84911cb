import { capturesSection } from './captures-section.ts';
import { limitsSection, moreSection, notesSection, verdictSection } from './closing-section.ts';
import { findingBlocks, findingsTable } from './findings-section.ts';
import { joinSections, type RenderOptions, type Sheet } from './layout.ts';
import { meshLines } from './mesh-section.ts';
import { namingOf } from './naming.ts';
import { pairLines } from './pairs-section.ts';
import { othersSection } from './others-section.ts';
import { standoutLines, latencyLines } from './servers-section.ts';
import type { Report } from './report.ts';

/** The terminal output: captures, verdict, findings, a block for each, the rest in a line, limits, how to go on. */
export function renderTable(report: Report, options: RenderOptions): string {
  const sheet: Sheet = { report, options, naming: namingOf(report, 'short'), wide: false };
  return joinSections([
    [...capturesSection(sheet), ...pairLines(sheet)],
    [...verdictSection(sheet), ...standoutLines(sheet), ...latencyLines(sheet)],
    findingsTable(sheet),
    ...findingBlocks(sheet),
    [...meshLines(sheet), ...othersSection(sheet), ...notesSection(sheet), ...limitsSection(sheet)],
    moreSection(sheet),
  ]);
}
