import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { caseIds, decisionsOf, hasCorpus, readCase, unpackCorpus, type PolicyCase } from './corpus.ts';

if (!hasCorpus) process.stderr.write('skipped: no netpol.tar.xz in NETDEBUG_CORPORA\n');
const folder = hasCorpus ? unpackCorpus() : '';
afterAll(() => {
  if (hasCorpus) rmSync(folder, { recursive: true });
});

/** The points on which the engine and the corpus differ, as text. */
function differences(one: PolicyCase): string[] {
  const says = decisionsOf(one);
  return one.points.flatMap((point, index) =>
    says[index] === (point.expected ? 'allow' : 'deny')
      ? []
      : [
          `${point.from} -> ${point.to} ${point.protocol} ${point.port} ${point.direction}: ${says[index] ?? 'nothing'}, expected ${point.expected ? 'allow' : 'deny'}`,
        ],
  );
}

describe.skipIf(!hasCorpus)('policy corpus', () => {
  const ids = hasCorpus ? caseIds(folder) : [];
  let verdicts = 0;

  it.each(ids)('%s', (id) => {
    const one = readCase(folder, id);
    verdicts += one.points.filter(({ direction }) => direction === 'allowed').length;
    expect(differences(one).slice(0, 5)).toEqual([]);
  });

  it('was whole', () => {
    expect(ids).toHaveLength(508);
    expect(verdicts).toBe(266_382);
  });
});
