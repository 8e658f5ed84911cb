import type { Finding } from '../detect/finding.ts';
import type { CapturePair } from '../matching/crossing.ts';
import { thousands } from './amounts.ts';
import { captureLetter } from './captures-section.ts';
import { type Column, tableLines } from './columns.ts';
import { labelled, type Sheet } from './layout.ts';
import type { Report } from './report.ts';

/** Pairs that are named where not everything is shown; 20 places have 190. */
const MAX_PAIRS = 3;

/** How well the captures fit together, a line for each two of them: "A and B: 71 packets in both, clocks …". */
export function pairLines(sheet: Sheet): string[] {
  const { pairs } = sheet.report;
  const matched = pairs.filter((pair) => pair.matched > 0).toSorted((a, b) => b.matched - a.matched);
  const shown = matched.length > 0 ? matched.slice(0, MAX_PAIRS) : pairs.slice(0, 1);
  const more = pairs.length - shown.length;
  return labelled(sheet, 'MATCHED', [
    ...shown.map((pair) => pairSentence(pair)),
    ...(more > 0 ? [`${thousands(more)} more pairs of captures: -o wide`] : []),
  ]);
}

/** "A and B: 71 of 73 packets in both; clocks 5,000.011 ± 0.011 ms apart; 0.013 ms there, 0.013 ms back". */
export function pairSentence(pair: CapturePair): string {
  const ends = `${captureLetter(pair.first)} and ${captureLetter(pair.second)}`;
  if (pair.matched === 0) return `${ends}: ${pair.problem}`;
  const missed = pair.missedByFirst + pair.missedBySecond;
  const all = missed === 0 ? '' : ` of ${thousands(pair.matched + missed)}`;
  const delays = [
    pair.thereMs === null ? '' : `${exact(pair.thereMs)} ms there`,
    pair.backMs === null ? '' : `${exact(pair.backMs)} ms back`,
  ].filter((text) => text !== '');
  const way = delays.length === 0 ? '' : `; ${delays.join(', ')}`;
  return `${ends}: ${thousands(pair.matched)}${all} packets in both; ${clockText(pair)}${way}`;
}

function clockText({ clockOffsetMs, clockErrorMs }: CapturePair): string {
  if (clockOffsetMs === null || clockErrorMs === null) return 'order across the two not proven';
  if (clockOffsetMs === 0 && clockErrorMs === 0) return 'one clock';
  return `clocks ${exact(clockOffsetMs)} ± ${exact(clockErrorMs)} ms apart`;
}

/** "5,000.011". */
function exact(valueMs: number): string {
  const [whole = '0', rest = ''] = valueMs.toFixed(3).split('.');
  const sign = whole.startsWith('-') ? '-' : '';
  return `${sign}${thousands(Math.abs(Number(whole)))}.${rest}`;
}

/** A row for each two captures (-o wide). */
export function pairsTable(sheet: Sheet): string[] {
  const { pairs } = sheet.report;
  return pairs.length === 0 ? [] : tableLines(pairs, columns());
}

function columns(): Column<CapturePair>[] {
  const ms = (value: number | null): string => (value === null ? '-' : `${exact(value)} ms`);
  return [
    { title: 'CAPTURES', text: ({ first, second }) => `${captureLetter(first)} ${captureLetter(second)}` },
    { title: 'IN BOTH', align: 'right', text: ({ matched }) => thousands(matched) },
    { title: 'ONLY FIRST', align: 'right', text: ({ missedBySecond }) => thousands(missedBySecond) },
    { title: 'ONLY SECOND', align: 'right', text: ({ missedByFirst }) => thousands(missedByFirst) },
    { title: 'CLOCK', align: 'right', text: ({ clockOffsetMs }) => ms(clockOffsetMs) },
    {
      title: '±',
      align: 'right',
      text: ({ clockErrorMs }) => (clockErrorMs === null ? 'not proven' : ms(clockErrorMs)),
    },
    { title: 'THERE', align: 'right', text: ({ thereMs }) => ms(thereMs) },
    { title: 'BACK', align: 'right', text: ({ backMs }) => ms(backMs) },
    { title: 'PROBLEM', text: ({ problem }) => problem, optional: true },
  ];
}

/**
 * Where the packets of a finding were seen last: "pod/shop/checkout eth0 ──48──▶ ? ──0──▶ pod/shop/payments eth0: 0 of 48
 * arrived". Of other findings it is what was lost between their client and server.
 */
export function seenAtSentences(report: Report, finding: Finding): string[] {
  const losses =
    finding.id === 'lost-between'
      ? [finding]
      : report.findings.filter(
          ({ id, client, server, protocol, details: { by } }) =>
            id === 'lost-between' &&
            client === finding.client &&
            server === finding.server &&
            protocol === finding.protocol &&
            // What one side sent again was not lost on the way of the other one.
            (finding.details.by === undefined || finding.details.by === by),
        );
  return losses.flatMap((loss) => pathSentence(report, loss));
}

function pathSentence({ captures }: Report, { count, details }: Finding): string[] {
  const { seenAt = [], missingAt = [], arrived = 0, by } = details;
  if (seenAt.length === 0 || missingAt.length === 0) return [];
  const name = (capture: number): string => captures[capture]?.vantagePoint ?? captureLetter(capture);
  const sent = thousands(count + arrived);
  const way = seenAt.map(name).join(` ──${sent}──▶ `);
  const share = `${thousands(arrived)} of ${sent} arrived`;
  const answers = by === 'server' ? ' (answers)' : '';
  return [
    `${way} ──${sent}──▶ ? ──${thousands(arrived)}──▶ ${missingAt.map(name).join(', ')}: ${share}${answers}`,
  ];
}
