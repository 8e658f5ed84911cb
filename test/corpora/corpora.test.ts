import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AnalysisResult } from '../../src/pipeline.ts';
import { analyse, corporaFolder, expectationsOf, idsOf } from './expectations.ts';
import { capturePaths, CORPORA_HINT, hasCorpora, truthOf } from './truth.ts';

const paths = capturePaths();
const results = new Map<string, AnalysisResult>();

/** Analyses each capture once. */
function resultOf(path: string): AnalysisResult {
  const result = results.get(path) ?? analyse(path);
  results.set(path, result);
  return result;
}

test.skipIf(hasCorpora)(`captures with known answers ${CORPORA_HINT}`, () => undefined);

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

  test.each(paths)('%s gives the same result with another seed and in pieces', (path) => {
    expect(analyse(path)).toEqual(resultOf(path));
  });
});

describe.runIf(hasCorpora)('what tshark counts', () => {
  const counted = paths.flatMap((path) => {
    const truth = truthOf(path);
    return truth === undefined || truth.tshark_errors.length > 0 ? [] : [{ path, truth }];
  });

  /** Blocks that are no packets, which tshark counts, stand in the pcapng files. */
  test.each(counted.filter(({ truth }) => truth.format === 'pcap'))('$path: packets', ({ path, truth }) => {
    expect(resultOf(path).capture.packets).toBe(truth.packets);
  });
});
