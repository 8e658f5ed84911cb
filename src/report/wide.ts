import { eventsTable, httpTable, tlsTable } from './applications-section.ts';
import { capturesSection } from './captures-section.ts';
import { limitsSection, moreSection, notesSection, verdictSection } from './closing-section.ts';
import { findingBlocks, findingsTable } from './findings-section.ts';
import { joinSections, type RenderOptions, type Sheet } from './layout.ts';
import { meshLines } from './mesh-section.ts';
import { namingOf } from './naming.ts';
import { conversationsTable } from './conversations-section.ts';
import { dnsTable } from './others-section.ts';
import { pairsTable } from './pairs-section.ts';
import { serverTables, standoutLines, latencyLines } from './servers-section.ts';
import { timelineSection } from './timeline-section.ts';
import type { Report } from './report.ts';

/** The terminal output with nothing shortened: names with their addresses, each conversation group, each name asked for, what applications said. */
export function renderWide(report: Report, options: RenderOptions): string {
  const sheet: Sheet = { report, options, naming: namingOf(report, 'both'), wide: true };
  const prose: Sheet = { ...sheet, naming: namingOf(report, 'full') };
  return joinSections([
    capturesSection(sheet),
    pairsTable(sheet),
    [...verdictSection(prose), ...standoutLines(prose), ...latencyLines(prose)],
    findingsTable(sheet),
    ...findingBlocks(prose),
    timelineSection(prose),
    meshLines(prose),
    conversationsTable(sheet),
    ...serverTables(sheet),
    dnsTable(sheet),
    httpTable(sheet),
    tlsTable(sheet),
    eventsTable(sheet),
    [...notesSection(prose), ...limitsSection(sheet)],
    moreSection(sheet),
  ]);
}
