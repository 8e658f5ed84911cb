import { expect, test } from 'vitest';
import type { Cause } from '../../src/explain/explanation.ts';
import { oneStory } from '../../src/explain/one-story.ts';

const cause = (
  findingIndexes: readonly number[],
  evidence: readonly string[],
  rest: Partial<Cause> = {},
): Cause => ({
  id: 'nobody-listens',
  confidence: 'certain',
  findings: ['tcp-refused'],
  findingIndexes,
  text: 'No program in pod shop/ledger listens on port 8080',
  evidence,
  fix: 'make it listen',
  next: '',
  ...rest,
});

test('the same cause of the findings at both ends is one, with each proof once', () => {
  const both = oneStory([
    cause([1], ['frames 1, 2', 'sockets']),
    cause([0], ['frames 5, 6', 'sockets'], { findings: ['tcp-reset-midstream'] }),
  ]);
  expect(both).toEqual([
    cause([0, 1], ['frames 1, 2', 'sockets', 'frames 5, 6'], {
      findings: ['tcp-refused', 'tcp-reset-midstream'],
    }),
  ]);
});

test.each<[string, Partial<Cause>]>([
  ['another pod', { text: 'No program in pod shop/other listens on port 8080' }],
  ['another confidence', { confidence: 'possible' }],
  ['another fix', { fix: 'dial 9090' }],
  ['another cause', { id: 'listens-on-loopback' }],
])('%s is another story', (_, rest) => {
  const list = [cause([0], ['a']), cause([1], ['b'], rest)];
  expect(oneStory(list)).toEqual(list);
});
