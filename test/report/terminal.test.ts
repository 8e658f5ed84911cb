import { describe, expect, test } from 'vitest';
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

test('evidence beyond six lines is counted, and whole in wide', () => {
  const evidence = Array.from({ length: 9 }, (_unused, index) => `line ${index + 1}`);
  const scenario = report({ findings: [finding()], causes: [cause({ evidence })] });
  expect(renderTable(scenario, OPTIONS)).toMatch(/line 6\n +3 more lines of evidence: -o wide\n/);
  expect(renderWide(scenario, OPTIONS)).toContain('line 9');
});
