import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accuracyPage } from './accuracy-page.ts';
import { compareAll, EXPLAINED, reasonOf } from './differences.ts';
import { alarmsOf, falseAlarms } from './false-alarms.ts';
import { CORPORA_HINT, hasCorpora } from './truth.ts';

const comparison = hasCorpora ? compareAll() : { captures: 0, facts: 0, differences: [] };
const alarms = hasCorpora ? falseAlarms() : [];

describe.runIf(hasCorpora)(`what tshark counts ${CORPORA_HINT}`, () => {
  const { captures, facts, differences } = comparison;

  test('is compared in all captures', () => {
    expect(captures).toBeGreaterThan(50);
    expect(facts).toBeGreaterThan(200);
  });

  test('is what we count, or it is said why not', () => {
    expect(differences.filter((one) => reasonOf(one) === undefined)).toEqual([]);
  });

  test('differs wherever a reason stands', () => {
    const reasons = Object.entries(EXPLAINED).flatMap(([path, all]) =>
      Object.keys(all).map((fact) => ({ path, fact })),
    );
    const stale = reasons.filter(
      ({ path, fact }) =>
        !differences.some((one) => one.path === path && (fact === '*' || one.fact === fact)),
    );
    expect(stale).toEqual([]);
  });
});

describe.runIf(hasCorpora)(`where nothing is wrong ${CORPORA_HINT}`, () => {
  test('there are captures of both kinds', () => {
    expect(new Set(alarms.map(({ kind }) => kind)).size).toBe(2);
    expect(alarms.some(({ theirs }) => alarmsOf({ ...theirs }) > 100)).toBe(true);
  });

  test.each(alarms)('$path: no false alarm', ({ ours }) => {
    expect(ours).toEqual({ retransmissions: 0, outOfOrder: 0, findings: 0 });
  });
});

test.runIf(hasCorpora)('docs/accuracy.md is as `npm run accuracy` writes it', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/accuracy.md'), 'utf8');
  expect(page).toBe(accuracyPage(comparison, alarms));
});
