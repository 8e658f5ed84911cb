import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderOpenMetrics } from '../../src/report/openmetrics.ts';
import { SCENARIOS } from './scenarios.ts';

const reports = Object.entries(SCENARIOS);
/** A sample of the exposition format: name, labels, value. */
const SAMPLE = /^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (\d+(?:\.\d+)?(?:e-\d+)?)$/;

const samplesOf = (text: string): string[] =>
  text.split('\n').filter((line) => !line.startsWith('#') && line !== '');

describe('OpenMetrics', () => {
  test.each(reports)(
    '%s: every line is a sample or belongs to a family, and the end is marked',
    (_, report) => {
      const text = renderOpenMetrics(report);
      expect(text.endsWith('\n# EOF\n')).toBe(true);
      expect(samplesOf(text).filter((line) => !SAMPLE.test(line))).toEqual([]);
      const families = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
      expect(new Set(families).size).toBe(families.length);
      expect(new Set(samplesOf(text).map((line) => line.split('{')[0]))).toEqual(new Set(families));
    },
  );

  test.each(reports)('%s: no two samples have the same labels', (_, report) => {
    const series = samplesOf(renderOpenMetrics(report)).map((line) => line.slice(0, line.lastIndexOf(' ')));
    expect(new Set(series).size).toBe(series.length);
  });

  test('quotes, backslashes and line breaks in names stay inside their label', () => {
    const healthy = SCENARIOS['healthy'];
    const capture = healthy?.captures[0];
    if (healthy === undefined || capture === undefined) throw new Error('no capture');
    const report = { ...healthy, captures: [{ ...capture, node: 'a"} 1\nevil{x="\\' }] };
    const lines = samplesOf(renderOpenMetrics(report)).filter((line) =>
      line.includes('netdebug_capture_packets'),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(SAMPLE);
  });

  test('the dashboard to import asks for families that exist', () => {
    const written = reports.map(([, report]) => renderOpenMetrics(report)).join('');
    const dashboard = readFileSync(new URL('../../docs/grafana-dashboard.json', import.meta.url), 'utf8');
    const asked = [...dashboard.matchAll(/netdebug_[a-z_]+/g)].map(([name]) => name);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !written.includes(`# TYPE ${name} gauge`))).toEqual([]);
  });
});
