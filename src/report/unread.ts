import type { Unknown } from '../explain/explanation.ts';
import type { SentenceWithCommand } from './layout.ts';

/** What could not be read, one sentence for each reason and command: the same of two nodes is one limit. */
export function unreadLines(unknowns: readonly Unknown[]): SentenceWithCommand[] {
  const alike = Map.groupBy(unknowns, ({ why, next }) => JSON.stringify([why, next]));
  return [...alike.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    const what = list.map((unknown) => unknown.what).join('; ');
    return [{ sentence: `not read: ${what} (${first.why})`, command: first.next }];
  });
}
