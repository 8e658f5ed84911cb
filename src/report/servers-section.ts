import { milliseconds, thousands } from './amounts.ts';
import { type Column, tableLines } from './columns.ts';
import { labelled, type Sheet } from './layout.ts';
import type { ComparedServer, ServerComparison, ServerDifference } from './report.ts';

const WORDS: Readonly<Record<ServerDifference, string>> = {
  failures: 'fails',
  'failed-requests': 'fails requests',
  loss: 'loses data',
  'round-trip': 'far away',
  'server-time': 'slow to answer',
};

const MAX_LATENCIES = 3;

/** Whose time it was where it was slow; pauses of clients only with -o wide: mostly they have nothing to ask. */
export function latencyLines(sheet: Sheet): string[] {
  const { report, naming, wide } = sheet;
  const told = report.latencies.filter(({ whose }) => wide || whose !== 'client');
  const shown = wide ? told : told.slice(0, MAX_LATENCIES);
  const more = told.length - shown.length;
  return labelled(sheet, 'LATENCY', [
    ...shown.map(
      ({ client, server, text }) => `${naming.host(client)} → ${naming.endpoint(server)}: ${text}`,
    ),
    ...(more === 0 ? [] : [`${thousands(more)} more: -o wide`]),
  ]);
}

/** One line for each server that stands out among those that do the same work. */
export function standoutLines(sheet: Sheet): string[] {
  const texts = sheet.report.comparisons.flatMap(({ text }) =>
    text === '' ? [] : [sheet.naming.sentence(text)],
  );
  return labelled(sheet, 'SERVERS', texts);
}

/** A table for each set of servers that do the same work, a row for each server (-o wide). */
export function serverTables(sheet: Sheet): string[][] {
  return sheet.report.comparisons.map((comparison) => serverTable(sheet, comparison));
}

function serverTable(sheet: Sheet, { of, servers, leftOut }: ServerComparison): string[] {
  const more = leftOut === 0 ? [] : [`${thousands(leftOut)} more servers are not compared`];
  return [
    ...labelled(sheet, 'COMPARED', [`the servers of ${of}`]),
    ...tableLines(servers, columns(sheet)),
    ...more,
  ];
}

function columns({ naming, options: { paint } }: Sheet): Column<ComparedServer>[] {
  return [
    { title: 'SERVER', text: ({ server }) => naming.endpoint(server) },
    { title: 'ATTEMPTS', align: 'right', text: ({ attempts }) => thousands(attempts) },
    { title: 'FAILED', align: 'right', text: ({ failed }) => thousands(failed) },
    {
      title: 'SENT AGAIN',
      align: 'right',
      text: ({ sentAgain, segments }) => `${thousands(sentAgain)}/${thousands(segments)}`,
    },
    { title: 'HANDSHAKE', align: 'right', text: ({ handshakeMs }) => duration(handshakeMs) },
    { title: 'ROUND TRIP', align: 'right', text: ({ roundTripMs }) => duration(roundTripMs) },
    { title: 'SERVER TOOK', align: 'right', text: ({ serverMs }) => duration(serverMs) },
    {
      title: 'FAILED REQUESTS',
      align: 'right',
      text: ({ failedRequests, requests }) =>
        requests === 0 ? '' : `${thousands(failedRequests)}/${thousands(requests)}`,
      optional: true,
    },
    {
      title: 'STANDS OUT',
      text: ({ differs }) => differs.map((difference) => WORDS[difference]).join(', '),
      paint: (text) => paint.warning(text),
      optional: true,
    },
  ];
}

function duration(valueMs: number | null): string {
  return valueMs === null ? '-' : milliseconds(valueMs);
}
