import { expect, test } from 'vitest';
import { renderJson } from '../../src/report/json.ts';
import { judge } from '../../src/pipeline.ts';
import { analyse } from '../corpora/expectations.ts';
import { capturePaths, CORPORA_HINT, hasCorpora } from '../corpora/truth.ts';
import { report } from './builders.ts';
import { SCENARIOS } from './scenarios.ts';
import { validReport } from './valid-report.ts';

test.each(Object.entries(SCENARIOS))('%s as JSON is what the schema promises', (_name, scenario) => {
  expect(validReport(renderJson(scenario))).toEqual(JSON.parse(JSON.stringify(scenario)));
});

test.runIf(hasCorpora)(
  `so is the report of every capture with known answers ${CORPORA_HINT}`,
  { timeout: 120_000 },
  () => {
    const wrong = capturePaths().flatMap((path) => {
      try {
        validReport(renderJson(judge([analyse(path)], null, { toolVersion: '0.1.0' })));
        return [];
      } catch (error) {
        return [`${path}: ${String(error)}`];
      }
    });
    expect(wrong).toEqual([]);
  },
);

const plain = report();

test.each<[string, unknown]>([
  ['a key that nobody described', { ...plain, more: 1 }],
  ['another version', { ...plain, schemaVersion: '2.0' }],
  ['an outcome that does not exist', { ...plain, verdict: { outcome: 'fine', text: '' } }],
  ['a key that is missing', { ...plain, findings: undefined }],
  ['a number in the place of a text', { ...plain, names: { '10.0.0.1': 1 } }],
  ['a key that nobody described, deep inside', { ...plain, captures: [{ ...plain.captures[0], more: 1 }] }],
])('the schema refuses %s', (_name, value) => {
  expect(() => validReport(JSON.stringify(value))).toThrow(/^not as the schema says: data/);
});
