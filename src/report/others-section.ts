import type { ConversationGroup } from '../conversations/conversation.ts';
import { amount, enumeration, spread, thousands } from './amounts.ts';
import { captureLetter } from './captures-section.ts';
import { type Column, tableLines } from './columns.ts';
import { labelled, type Sheet } from './layout.ts';
import type { DnsNameRow, Report } from './report.ts';
import { splitEndpoint } from './naming.ts';
import { failuresOf } from './verdict.ts';

const MAX_PEERS = 8;
/** Rows of a wide table; a scan must not fill the screen. */
const MAX_WIDE_ROWS = 200;

/** What else was captured, in one line: "157 other conversations, none failed: svc/catalog, kube-dns …". */
export function othersSection(sheet: Sheet): string[] {
  const { report, naming, wide } = sheet;
  if (wide) return [];
  const others = report.conversations.filter((group) => !isFound(report, group));
  const count = others.reduce((total, group) => total + group.conversations, 0);
  if (count === 0) return [];
  const failed = others.reduce((total, group) => total + failuresOf(group), 0);
  const peers = [
    ...new Set(
      others
        .toSorted((a, b) => b.packets - a.packets)
        .map((group) => peer(naming.endpoint(group.server), group)),
    ),
  ];
  const which = report.findings.some((finding) => finding.server !== '')
    ? 'other conversation'
    : 'conversation';
  const result = failed === 0 ? 'none failed' : `${thousands(failed)} failed, too few for a finding`;
  return labelled(sheet, report.findings.length === 0 ? 'SEEN' : 'OTHERS', [
    `${amount(count, which)}, ${result}: ${enumeration(peers, MAX_PEERS)}`,
  ]);
}

/** A name without its port where the name says enough. */
function peer(named: string, group: ConversationGroup): string {
  return named === group.server ? named : splitEndpoint(named).address;
}

/** Whether a finding already speaks of this group. */
function isFound(report: Report, group: ConversationGroup): boolean {
  return report.findings.some(
    (finding) =>
      finding.capture === group.capture &&
      finding.client === group.client &&
      (finding.server === group.server || finding.server === group.serverAddress),
  );
}

/** The names that were asked for (-o wide). */
export function dnsTable(sheet: Sheet): string[] {
  return wideTable(sheet.report.dns, dnsColumns(sheet), 'name');
}

/** A table with its first rows, and how many more there are of what; nothing without rows. */
export function wideTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  one: string,
  many: string = `${one}s`,
): string[] {
  if (rows.length === 0) return [];
  const lines = tableLines(rows.slice(0, MAX_WIDE_ROWS), columns);
  const more = rows.length - MAX_WIDE_ROWS;
  return more <= 0
    ? lines
    : [...lines, `${amount(more, `more ${one}`, `more ${many}`)}, all of them with -o json`];
}

function dnsColumns({ report, naming }: Sheet): Column<DnsNameRow>[] {
  return [
    {
      title: 'CAPTURE',
      text: (row) => (report.captures.length > 1 ? captureLetter(row.capture) : ''),
      optional: true,
    },
    { title: 'NAME', text: (row) => row.name },
    { title: 'TYPE', text: (row) => row.type },
    { title: 'RESULT', text: (row) => row.result },
    { title: 'QUERIES', align: 'right', text: (row) => thousands(row.queries) },
    {
      title: 'NXDOMAIN',
      align: 'right',
      text: (row) => thousands(row.wasted),
    },
    { title: 'ANSWER P50/P95', align: 'right', text: (row) => spread(row.answerMs, row.answerP95Ms) },
    { title: 'CLIENT', text: (row) => naming.host(row.client) },
    { title: 'SERVER', text: (row) => naming.endpoint(row.server) },
  ];
}
