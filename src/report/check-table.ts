import type { CheckCause, CheckLayer, CheckReport, ProbeResult } from '../check/check-report.ts';
import { amount } from './amounts.ts';
import { tableLines } from './columns.ts';
import type { Paint } from './colour.ts';
import { joinSections, labelled, labelledBlock, labelledPairs, type RenderOptions } from './layout.ts';
import { unreadLines } from './unread.ts';

const MAX_EVIDENCE = 8;
const MAX_CAUSES = 3;

/** A check for a terminal: its layers, the verdict, the causes with proof and fix, what could not be read. */
export function renderCheck(report: CheckReport, options: RenderOptions): string {
  const sheet = { options };
  const { verdict, layers, causes, probes, unknowns } = report;
  const verdictLines = labelled(sheet, 'VERDICT', [verdict.text]);
  const paint = painterOf(verdict.outcome, options.paint);
  const shown = causes.slice(0, MAX_CAUSES);
  const more = causes.length - shown.length;
  return joinSections([
    layerTable(layers, options.paint),
    probeTable(probes, options.paint),
    verdictLines.map(paint),
    ...shown.map((cause) => causeLines(sheet, cause)),
    more > 0 ? labelled(sheet, '', [`${amount(more, 'more possible cause')}: -o json`]) : [],
    withoutCause(sheet, report),
    labelledPairs(sheet, 'LIMITS', unreadLines(unknowns)),
  ]);
}

type OptionsSheet = Parameters<typeof labelled>[0];

function layerTable(layers: readonly CheckLayer[], paint: Paint): string[] {
  return tableLines(layers, [
    { title: 'LAYER', text: ({ id }) => id },
    {
      title: 'STATUS',
      text: ({ status }) => status,
      paint: (text, { status }) => painted(paint, status, text),
    },
    { title: 'SEEN', text: ({ seen }) => seen },
  ]);
}

function probeTable(probes: readonly ProbeResult[], paint: Paint): string[] {
  if (probes.length === 0) return [];
  return tableLines(probes, [
    { title: 'PROBE', text: ({ what }) => what },
    {
      title: 'RESULT',
      text: ({ status }) => status,
      paint: (text, { status }) => painted(paint, status, text),
    },
    { title: 'SEEN', text: ({ seen }) => seen },
  ]);
}

function painted(paint: Paint, status: CheckLayer['status'] | ProbeResult['status'], text: string): string {
  if (status === 'ok') return paint.good(text);
  if (status === 'fails' || status === 'failed') return paint.error(text);
  return status === 'warning' ? paint.warning(text) : text;
}

function painterOf(outcome: CheckReport['verdict']['outcome'], paint: Paint): (text: string) => string {
  if (outcome === 'open') return paint.good;
  return outcome === 'fails' ? paint.error : paint.strong;
}

function causeLines(sheet: OptionsSheet, cause: CheckCause): string[] {
  const more = cause.evidence.length - MAX_EVIDENCE;
  const evidence =
    more <= 1
      ? cause.evidence
      : [...cause.evidence.slice(0, MAX_EVIDENCE), `${more} more lines of evidence: -o json`];
  return [
    ...labelled(sheet, 'CAUSE', [`${cause.confidence}: ${cause.id}: ${cause.text}`]),
    ...labelled(sheet, 'EVIDENCE', evidence),
    ...labelledBlock(sheet, 'FIX', cause.fix),
    ...labelledBlock(sheet, 'NEXT', cause.next),
  ];
}

/** How to go on at the layer that the verdict names, if no cause says it. */
function withoutCause(sheet: OptionsSheet, { verdict, layers, causes }: CheckReport): string[] {
  const layer = layers.find(({ id }) => id === verdict.layer);
  if (layer === undefined || causes.some((cause) => cause.layer === layer.id)) return [];
  return [...labelledBlock(sheet, 'FIX', layer.fix), ...labelledBlock(sheet, 'NEXT', layer.next)];
}
