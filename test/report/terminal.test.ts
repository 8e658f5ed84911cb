import { describe, expect, test } from 'vitest';
import { lasting } from '../../src/report/amounts.ts';
import { cellWidth, startCells, wrapCells } from '../../src/report/cells.ts';
import { ANSI } from '../../src/report/colour.ts';
import { RENDERERS, rendererOf } from '../../src/report/index.ts';
import { renderTable } from '../../src/report/table.ts';
import { renderWide } from '../../src/report/wide.ts';
import { renderYaml } from '../../src/report/yaml.ts';
import { parse } from 'yaml';
import { OPTIONS, capture, cause, finding, report } from './builders.ts';
import { SCENARIOS } from './scenarios.ts';

const all = Object.entries(SCENARIOS);

/** SGR sequences only: what ANSI adds. */
function withoutColour(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
  return text.replace(/\u001b\[[\d;]+m/g, '');
}

describe('colour', () => {
  test.each(all)('%s: says the same with and without it', (_name, scenario) => {
    const painted = renderTable(scenario, { ...OPTIONS, paint: ANSI });
    expect(painted).not.toBe(renderTable(scenario, OPTIONS));
    expect(withoutColour(painted)).toBe(renderTable(scenario, OPTIONS));
  });

  test.each(all)('%s: no escape sequence in any output unless asked for', (_name, scenario) => {
    for (const renderer of RENDERERS) expect(renderer.render(scenario, OPTIONS)).not.toContain('\u001b');
  });
});

test('prose is wrapped at the width of the terminal, commands are not', () => {
  const text = renderTable(SCENARIOS['error-certain'] ?? report(), { ...OPTIONS, widthCells: 80 });
  const prose = text.split('\n').filter((line) => /^(VERDICT| {3}(SEEN|CAUSE|EVIDENCE))/.test(line));
  expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toMatch(/^ {3}FIX {7}kubectl patch service payments .*'\{.*\}'$/m);
});

test.each([80, 100, 120])('the table of findings fits a terminal of %d cells', (widthCells) => {
  for (const [, scenario] of all) {
    const lines = renderTable(scenario, { ...OPTIONS, widthCells, paint: ANSI }).split('\n');
    const head = lines.findIndex((line) => line.includes('SEVERITY  FINDING'));
    if (head < 0) continue;
    const table = lines.slice(head, lines.indexOf('', head)).map((line) => cellWidth(withoutColour(line)));
    expect(Math.max(...table)).toBeLessThanOrEqual(widthCells);
  }
});

test('what is usual is said once where a finding comes up again', () => {
  const twice = report({ findings: [finding(), finding({ server: '10.96.3.5:443' })] });
  expect(renderTable(twice, OPTIONS).match(/^ {3}USUALLY .*$/gm)).toEqual([
    expect.stringContaining('NetworkPolicy'),
    '   USUALLY   the same as for 1',
  ]);
});

test('the packets of a file can be asked for, if its name can be pasted', () => {
  const of = (vantagePoint: string): string =>
    renderTable(
      report({
        captures: [capture({ vantagePoint, container: '', node: '', ended: 'file' })],
        findings: [finding()],
      }),
      OPTIONS,
    );
  expect(of('a-1.pcap.gz')).toMatch(/^ {10}kubectl netdebug analyze a-1\.pcap\.gz --frames 1$/m);
  for (const name of ['standard input', '$(id).pcap', '-w.pcap', "a'b"])
    expect(of(name)).not.toContain('--frames');
});

test('many findings: rows and blocks are limited and the rest is counted', () => {
  const findings = Array.from({ length: 30 }, (_unused, index) => finding({ server: `10.0.0.${index}:80` }));
  const text = renderTable(report({ findings }), OPTIONS);
  expect(text).toContain('   10 more findings, all of them with -o wide or -o json');
  expect(text).toContain('20 more findings without a block here: -o wide shows all');
});

test('without an offset from UTC no local time is named', () => {
  expect(renderTable(report({ captures: [capture()] }), { ...OPTIONS, utcOffsetMinutes: 0 })).not.toContain(
    'local time',
  );
});

test.each(all)('%s: YAML holds the same data as the report', (_name, scenario) => {
  expect(parse(renderYaml(scenario))).toEqual(scenario);
});

test('formats are found by their name', () => {
  expect(rendererOf('json')?.interactive).toBe(false);
  expect(rendererOf('pdf')).toBeUndefined();
});

test('a line is not broken before a per cent sign, and a text that is cut keeps its start', () => {
  expect(wrapCells('of them 15.0 % were lost', 14)).toEqual(['of them 15.0 %', 'were lost']);
  expect(wrapCells('of them 15.0 % were lost', 13)).toEqual(['of them', '15.0 % were', 'lost']);
  expect(startCells('12 of 12 connections', 9)).toBe('12 of 12…');
  expect(startCells('漢字漢字', 5)).toBe('漢字…');
  expect(startCells('12', 2)).toBe('12');
});

test.each([
  [0.04, '0.0 s'],
  [30, '30 s'],
  [599, '599 s'],
  [6345, '106 min'],
  [9000, '3 h'],
  [354_937, '4 days'],
])('%d seconds are %s', (seconds, text) => {
  expect(lasting(seconds)).toBe(text);
});

test('evidence beyond six lines is counted, and whole in wide', () => {
  const evidence = Array.from({ length: 9 }, (_unused, index) => `line ${index + 1}`);
  const scenario = report({ findings: [finding()], causes: [cause({ evidence })] });
  expect(renderTable(scenario, OPTIONS)).toMatch(/line 6\n +3 more lines of evidence: -o wide\n/);
  expect(renderWide(scenario, OPTIONS)).toContain('line 9');
});
