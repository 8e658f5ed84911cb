import type { Cause } from './explanation.ts';

/**
 * Several findings of one cause are one story: causes of the same id, confidence, sentence and fix become one that
 * explains the findings of all, with each line of evidence once. Order: of their first ones.
 */
export function oneStory(causes: readonly Cause[]): Cause[] {
  const alike = Map.groupBy(causes, ({ id, confidence, text, fix }) =>
    JSON.stringify([id, confidence, text, fix]),
  );
  return [...alike.values()].flatMap((list) => {
    const [first] = list;
    return first === undefined || list.length === 1 ? list : [joined(first, list)];
  });
}

function joined(first: Cause, list: readonly Cause[]): Cause {
  return {
    ...first,
    findings: [...new Set(list.flatMap(({ findings }) => findings))],
    findingIndexes: [...new Set(list.flatMap(({ findingIndexes }) => findingIndexes))].toSorted(
      (a, b) => a - b,
    ),
    evidence: [...new Set(list.flatMap(({ evidence }) => evidence))],
  };
}
