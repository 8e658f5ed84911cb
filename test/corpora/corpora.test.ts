import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AnalysisResult } from '../../src/pipeline.ts';
import { analyse, corporaFolder, expectationsOf, idsOf } from './expectations.ts';
import { capturePaths, CORPORA_HINT, hasCorpora } from './truth.ts';

const paths = capturePaths();
const results = new Map<string, AnalysisResult>();

/** Analyses each capture once. */
function resultOf(path: string): AnalysisResult {
  const result = results.get(path) ?? analyse(path);
  results.set(path, result);
  return result;
}

test.runIf(hasCorpora)(`captures with known answers are there ${CORPORA_HINT}`, () => {
  expect(paths.length).toBeGreaterThan(0);
});

describe.runIf(hasCorpora)('captures with known answers', () => {
  const expectations = hasCorpora ? ['captures', 'lab'].flatMap(expectationsOf) : [];

  test('are all there', () => {
    expect(expectations.filter(({ path }) => !existsSync(join(corporaFolder, path)))).toEqual([]);
    expect(expectations.length).toBeGreaterThan(0);
  });

  test.each(expectations)('$path: $known', ({ path, must, mustNot, healthy }) => {
    const { findings } = resultOf(path);
    const ids = idsOf(findings);
    expect(ids).toEqual(expect.arrayContaining([...must]));
    expect(ids.filter((id) => mustNot.includes(id))).toEqual([]);
    if (healthy) expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  const others = paths.filter((path) => !expectations.some((expectation) => expectation.path === path));
  test.runIf(others.length > 0).each(others)(
    '%s, of which nothing is expected, is read to its end',
    (path) => {
      const { capture } = resultOf(path);
      expect(capture.packets).toBeGreaterThanOrEqual(0);
      expect(capture.ended).toBe('file');
    },
  );
});
