import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RENDERERS } from '../../src/report/index.ts';
import { OPTIONS } from './builders.ts';
import { SCENARIOS } from './scenarios.ts';

const FOLDER = `${import.meta.dirname}/golden`;
const EXTENSIONS = {
  table: 'table.txt',
  wide: 'wide.txt',
  json: 'json',
  yaml: 'yaml',
  markdown: 'md',
  openmetrics: 'prom',
} as const;
/** Data hold the report itself: two of each are enough. */
const DATA_FORMATS = new Set(['json', 'yaml', 'openmetrics']);
const DATA_SCENARIOS = new Set(['error-certain', 'hostile']);

const cases = Object.entries(SCENARIOS).flatMap(([name, report]) =>
  RENDERERS.filter((renderer) => !DATA_FORMATS.has(renderer.format) || DATA_SCENARIOS.has(name)).map(
    (renderer) => ({
      file: `${name}.${EXTENSIONS[renderer.format]}`,
      report,
      render: renderer.render,
    }),
  ),
);

describe('golden outputs', () => {
  test.each(cases)('$file', async ({ file, report, render }) => {
    await expect(render(report, OPTIONS)).toMatchFileSnapshot(`${FOLDER}/${file}`);
  });

  test('no golden file is stale', () => {
    expect(readdirSync(FOLDER).toSorted()).toEqual(cases.map(({ file }) => file).toSorted());
  });
});
