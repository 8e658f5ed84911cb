import type { Finding } from '../detect/finding.ts';
import type { Cause } from '../explain/explanation.ts';
import { amount, thousands } from './amounts.ts';
import { fitCells } from './cells.ts';
import { codeBlock, codeCell, codeSpan, prose } from './markdown-escape.ts';
import { type Naming, namingOf } from './naming.ts';
import { pairSentence, seenAtSentences } from './pairs-section.ts';
import { plainText } from './plain-text.ts';
import type { Report } from './report.ts';
import { seenInShort } from './seen.ts';
import { timeSpan, wholeSpan } from './times.ts';
import { unreadLines } from './unread.ts';

const MAX_FINDINGS = 20;
/** Pairs of captures, and losses between them. */
const MAX_PLACES = 6;
/** A cell that stays readable beside four others. */
const MAX_SEEN = 120;

/** The summary to paste into a ticket: verdict, cause, evidence, fix, what else was seen, limits. */
export function renderMarkdown(report: Report): string {
  const naming = namingOf(report, 'full');
  const parts = [
    [`## ${prose(naming.sentence(report.verdict.text).replace(/\.$/, ''))}`],
    [headline(report)],
    standoutsPart(report, naming),
    ...causesOf(report).map(({ cause, findings }) => causePart(cause, findings)),
    placesPart(report),
    policiesPart(report),
    evidencePart(report, naming),
    limitsPart(report),
    [provenance(report)],
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** "**Error.** Captured 2026-11-21 10:04:12–10:04:42 UTC at `pod/shop/checkout eth0` (1,842 packets, 0 dropped)." */
function headline(report: Report): string {
  const [worst] = report.findings;
  const { firstSeen, lastSeen } = wholeSpan(report.captures);
  const span = timeSpan(firstSeen, lastSeen);
  const places = report.captures.map((capture) => {
    const node = capture.node === '' ? '' : ` on node ${codeSpan(capture.node)}`;
    const dropped =
      capture.dropped === null ? 'drops not counted' : `${thousands(capture.dropped)} dropped by the kernel`;
    return `${codeSpan(capture.vantagePoint)}${node} (${amount(capture.packets, 'packet')}, ${dropped})`;
  });
  const word =
    report.verdict.outcome === 'findings'
      ? (worst?.severity ?? 'findings')
      : report.verdict.outcome.replaceAll('-', ' ');
  return `**${word.charAt(0).toUpperCase()}${word.slice(1)}.** Captured ${span === '' ? '' : `${span} `}at ${places.join(', ') || 'no place'}.`;
}

function causesOf(report: Report): { cause: Cause; findings: Finding[] }[] {
  return report.causes.slice(0, 10).map((cause) => ({
    cause,
    findings: cause.findingIndexes
      .map((index) => report.findings[index])
      .filter((finding) => finding !== undefined),
  }));
}

function causePart(cause: Cause, findings: readonly Finding[]): string[] {
  const explained = [...new Set(findings.map((finding) => codeSpan(finding.id)))].join(', ');
  const head =
    explained === ''
      ? `**Note, ${cause.confidence}** (${codeSpan(cause.id)})`
      : `**Cause, ${cause.confidence}** (${codeSpan(cause.id)}, explains ${explained})`;
  return [
    `${head}: ${prose(cause.text)}`,
    '',
    ...cause.evidence.map((line) => `- ${prose(line)}`),
    ...(cause.fix === '' ? [] : ['', '**Fix:**', ...codeBlock(cause.fix, 'text')]),
    ...(cause.next === '' ? [] : ['', '**Then check:**', ...codeBlock(cause.next, 'sh')]),
  ];
}

/** The server among several that is the broken one. */
function standoutsPart(report: Report, naming: Naming): string[] {
  const texts = report.comparisons.flatMap(({ text }) => (text === '' ? [] : [naming.sentence(text)]));
  return texts.length === 0 ? [] : ['**Servers compared**', '', ...texts.map((text) => `- ${prose(text)}`)];
}

/** How the captures fit together, and where packets were seen last. */
function placesPart(report: Report): string[] {
  const lost = report.findings
    .filter(({ id }) => id === 'lost-between')
    .slice(0, MAX_PLACES)
    .flatMap((finding) => seenAtSentences(report, finding));
  const pairs = report.pairs.slice(0, MAX_PLACES).map(pairSentence);
  const lines = [...lost, ...pairs].map((text) => `- ${prose(text)}`);
  return lines.length === 0 ? [] : ['**Both ends**', '', ...lines];
}

function policiesPart(report: Report): string[] {
  const lines = report.policySuspects
    .slice(0, 10)
    .map(({ text, next }) => `- ${prose(text)}${next === '' ? '' : `: ${codeSpan(next)}`}`);
  return lines.length === 0 ? [] : ['**Policies** (listed, not evaluated)', '', ...lines];
}

function evidencePart(report: Report, naming: Naming): string[] {
  if (report.findings.length === 0) return [];
  const rows = report.findings.slice(0, MAX_FINDINGS).map((finding) => {
    const ends = [
      endCell(naming.host(finding.client), finding.client),
      endCell(naming.endpoint(finding.server), finding.server),
    ];
    const frames =
      finding.frames.length === 0
        ? ''
        : `frames ${finding.frames.slice(0, 4).join(', ')}${finding.frames.length > 4 ? ' …' : ''}`;
    return `| ${finding.severity} | ${codeSpan(finding.id)} | ${ends.filter((end) => end !== '').join(' → ')} | ${prose(fitCells(plainText(seenInShort(finding, naming)), MAX_SEEN))} | ${frames} |`;
  });
  const more = report.findings.length - rows.length;
  return [
    '| Severity | Finding | From → to | Seen | Where |',
    '|---|---|---|---|---|',
    ...rows,
    ...(more > 0 ? ['', `${amount(more, 'more finding')} in ${codeSpan('report.json')}.`] : []),
  ];
}

/** The name with the address that Wireshark shows. */
function endCell(named: string, address: string): string {
  return named === address ? codeCell(address) : `${codeCell(named)} (${codeCell(address)})`;
}

function limitsPart(report: Report): string[] {
  const damage = report.captures.flatMap((capture) =>
    capture.problems.map((problem) => `${codeSpan(capture.vantagePoint)}: ${prose(problem)}`),
  );
  const unread = unreadLines(report.unknowns).map(({ sentence }) => prose(sentence));
  const lines = [...damage, ...unread];
  return lines.length === 0 ? [] : ['**Limits**', '', ...lines.map((line) => `- ${line}`)];
}

function provenance(report: Report): string {
  return `${report.tool.name} ${prose(report.tool.version)}. The same verdict without the cluster: ${codeSpan('kubectl netdebug analyze FILE')} with the attached file.`;
}
