import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/commands/command.ts';
import { nearestWord } from '../../src/commands/nearest.ts';
import { wholeNumber } from '../../src/commands/output-flags.ts';
import { parseGiven } from '../../src/commands/parse.ts';

const command: Command = {
  name: 'try',
  summary: 'a command of this test',
  operands: 'FILE...',
  minOperands: 0,
  maxOperands: 3,
  flags: [
    { name: 'write', alias: 'w', type: 'string', description: 'text' },
    { name: 'as-group', type: 'list', description: 'several' },
    { name: 'all', alias: 'A', type: 'boolean', description: 'yes or no' },
  ],
  examples: [],
  load: () => Promise.reject(new Error('is not run')),
};

describe('parseGiven', () => {
  test.each<[string[], string[], Record<string, unknown>]>([
    [['-w', '-', 'a'], ['a'], { write: '-' }],
    [['--write=x', 'a'], ['a'], { write: 'x' }],
    [['-w', 'x', '-w', 'y'], [], { write: 'y' }],
    [['-w', '007'], [], { write: '007' }],
    [['--as-group', 'a', 'b', '--as-group=c'], ['b'], { 'as-group': ['a', 'c'] }],
    [['--as-group', 'a.b'], [], { 'as-group': ['a.b'] }],
    [['-A', 'a'], ['a'], { all: true }],
    [['--all=false'], [], { all: false }],
    [['-'], ['-'], {}],
    [['--', '--write', '-A'], ['--write', '-A'], {}],
    [['12', '1e3'], ['12', '1e3'], {}],
    [['__proto__'], ['__proto__'], {}],
  ])('%j', (words, operands, values) => {
    expect(parseGiven(command, words)).toEqual({ command: 'try', operands, values });
  });

  test.each([[['--toString']], [['--__proto__=x']], [['--no-all']], [['a', 'b', 'c', 'd']]])(
    '%j is refused',
    (words) => {
      expect(() => parseGiven(command, words)).toThrow();
    },
  );
});

test.each([
  ['fitler', 'filter'],
  ['dur', 'duration'],
  ['o', undefined],
  ['nothing-like-it', undefined],
])('the word nearest to %s is %s', (word, expected) => {
  expect(nearestWord(word, ['filter', 'duration', 'count', 'namespace'])).toBe(expected);
});

test('wholeNumber has bounds and takes no other writing', () => {
  expect(wholeNumber('count', '5', 1, 10)).toBe(5);
  for (const text of ['0', '11', '1.5', '-1', '1e1', '', ' 5', '9'.repeat(30)])
    expect(() => wholeNumber('count', text, 1, 10)).toThrow(/--count cannot be/);
});
