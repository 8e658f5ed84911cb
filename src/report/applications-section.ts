import type { ApplicationRow } from '../conversations/conversation.ts';
import { milliseconds, spread, thousands } from './amounts.ts';
import { captureLetter } from './captures-section.ts';
import type { Column } from './columns.ts';
import type { Sheet } from './layout.ts';
import { wideTable } from './others-section.ts';

const HTTP_KINDS: readonly string[] = ['http-exchange', 'http-no-response'];
const HANDSHAKE_KINDS: readonly string[] = ['tls-handshake', 'quic-handshake'];
/** Said already in a row of another table. */
const TOLD: ReadonlySet<string> = new Set([
  ...HTTP_KINDS,
  ...HANDSHAKE_KINDS,
  'http-slow',
  'tls-certificate',
]);
const MAX_FRAMES = 4;
const MAX_TIME_MS = 8.64e15;

/** Requests with their responses, failed and slow ones first (-o wide). */
export function httpTable(sheet: Sheet): string[] {
  const rows = sheet.report.applications.filter(({ kind }) => HTTP_KINDS.includes(kind));
  const sorted = rows.toSorted(
    (a, b) => badness(b) - badness(a) || (b.longestMs ?? 0) - (a.longestMs ?? 0) || b.count - a.count,
  );
  return wideTable(
    sorted,
    [
      ...captureColumn(sheet),
      { title: 'METHOD', text: (row) => field(row, 'method') },
      { title: 'HOST', text: (row) => field(row, 'host') },
      { title: 'PATH', text: (row) => field(row, 'path') },
      { title: 'STATUS', text: status },
      { title: 'REQUESTS', align: 'right', text: (row) => thousands(row.count) },
      { title: 'TOOK P50/P95', align: 'right', text: (row) => spread(row.medianMs, row.p95Ms) },
      { title: 'LONGEST', align: 'right', text: (row) => time(row.longestMs) },
      { title: 'ERROR BY', text: (row) => field(row, 'server'), optional: true },
      { title: 'SAYS', text: (row) => field(row, 'says'), optional: true },
      ...endColumns(sheet),
    ],
    'kind of request',
    'kinds of requests',
  );
}

/** Handshakes of TLS and QUIC (-o wide). */
export function tlsTable(sheet: Sheet): string[] {
  return wideTable(
    sheet.report.applications.filter(({ kind }) => HANDSHAKE_KINDS.includes(kind)),
    [
      ...captureColumn(sheet),
      { title: 'TLS SERVER NAME', text: (row) => field(row, 'sni') || '-' },
      { title: 'VERSION', text: (row) => field(row, 'version') },
      { title: 'ALPN', text: (row) => field(row, 'alpn'), optional: true },
      { title: 'CERTIFICATE UNTIL', text: certificateEnd },
      { title: 'HANDSHAKES', align: 'right', text: (row) => thousands(row.count) },
      { title: 'TOOK P50/P95', align: 'right', text: (row) => spread(row.medianMs, row.p95Ms) },
      { title: 'LONGEST', align: 'right', text: (row) => time(row.longestMs) },
      ...endColumns(sheet),
    ],
    'kind of handshake',
    'kinds of handshakes',
  );
}

/** All else that applications said, errors of databases among it (-o wide). */
export function eventsTable(sheet: Sheet): string[] {
  return wideTable(
    sheet.report.applications.filter(({ kind }) => !TOLD.has(kind)),
    [
      ...captureColumn(sheet),
      { title: 'EVENT', text: (row) => row.kind },
      { title: 'SAYS', text: allFields },
      { title: 'COUNT', align: 'right', text: (row) => thousands(row.count) },
      { title: 'LONGEST', align: 'right', text: (row) => time(row.longestMs) },
      ...endColumns(sheet),
    ],
    'kind of event',
    'kinds of events',
  );
}

function captureColumn({ report }: Sheet): Column<ApplicationRow>[] {
  return report.captures.length > 1 ? [{ title: 'CAPTURE', text: (row) => captureLetter(row.capture) }] : [];
}

function endColumns({ naming }: Sheet): Column<ApplicationRow>[] {
  return [
    { title: 'CLIENT', text: (row) => naming.host(row.client) },
    { title: 'SERVER', text: (row) => naming.endpoint(row.server) },
    { title: 'FRAMES', text: (row) => row.frames.slice(0, MAX_FRAMES).join(','), optional: true },
  ];
}

function field(row: ApplicationRow, name: string): string {
  return Object.hasOwn(row.fields, name) ? String(row.fields[name]) : '';
}

function status(row: ApplicationRow): string {
  if (row.kind !== 'http-no-response') return field(row, 'status') || '-';
  const ended = field(row, 'ended');
  return ended === '' ? 'no response' : `no response: ${ended}`;
}

/** No response is worst, then the server's errors, then the client's. */
function badness(row: ApplicationRow): number {
  if (row.kind === 'http-no-response') return 3;
  const code = Number(field(row, 'status'));
  return code >= 500 ? 2 : code >= 400 ? 1 : 0;
}

function time(valueMs: number | null): string {
  return valueMs === null ? '-' : milliseconds(valueMs);
}

/** The day on which the certificate ends; TLS 1.3 hides it. */
function certificateEnd(row: ApplicationRow): string {
  return dayOf(Number(row.fields['certificateNotAfter'] ?? 0)) || '-';
}

/** "2027-01-31"; "" for a time that is not known. */
function dayOf(timeMs: number): string {
  return timeMs > 0 && timeMs <= MAX_TIME_MS ? (new Date(timeMs).toISOString().split('T')[0] ?? '') : '';
}

/** "code=45 from=client"; what is empty is left out, times of certificates are days. */
function allFields(row: ApplicationRow): string {
  return Object.entries(row.fields)
    .map(([name, value]): [string, string] =>
      /^not(?:Before|After)Ms$/.test(name)
        ? [name.slice(0, -2), dayOf(Number(value))]
        : [name, String(value)],
    )
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name}=${text}`)
    .join(' ');
}
