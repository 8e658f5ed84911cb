import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellWidth, fitCells, wrapCells } from '../../src/report/cells.ts';
import {
  escapeInQuotes,
  isUnprintable,
  MAX_TEXT_LENGTH,
  plainLines,
  plainText,
} from '../../src/report/plain-text.ts';

describe('plainText', () => {
  test.each([
    ['plain', 'plain'],
    ['\u001b[31mred', '⟨U+001B⟩[31mred'],
    ['a\u0085b', 'a⟨U+0085⟩b'],
    ['a\u202eb', 'a⟨U+202E⟩b'],
    ['zero\u200bwidth', 'zero⟨U+200B⟩width'],
    ['line\nbreak\r', 'line⟨U+000A⟩break⟨U+000D⟩'],
    ['tag\u{e0041}', 'tag⟨U+E0041⟩'],
    ['half \ud800 pair', 'half ⟨U+D800⟩ pair'],
    ['漢字 é 🙂', '漢字 é 🙂'],
  ])('%j', (value, expected) => {
    expect(plainText(value)).toBe(expected);
  });

  test('cuts long values without splitting a surrogate pair', () => {
    const text = plainText(`${'x'.repeat(MAX_TEXT_LENGTH - 2)}🙂🙂`);
    expect(text).toBe(`${'x'.repeat(MAX_TEXT_LENGTH - 2)}…`);
  });

  test('whatever comes in, nothing unprintable comes out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (value) => {
        expect(isUnprintable(plainText(value))).toBe(false);
        expect(plainLines(value).some((line) => isUnprintable(line))).toBe(false);
      }),
    );
  });
});

test('plainLines keeps the lines of YAML and says how many it left out', () => {
  expect(plainLines('a:\r\n\tb: 1\n\n')).toEqual(['a:', '  b: 1']);
  expect(plainLines('a\nb\nc', 2)).toEqual(['a', 'b', '… 1 more lines']);
});

test('escapeInQuotes keeps the data of a JSON document', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const text = escapeInQuotes(JSON.stringify({ value }, null, 2));
      expect(isUnprintable(text.replaceAll('\n', ''))).toBe(false);
      expect(JSON.parse(text)).toEqual({ value });
    }),
  );
});

describe('cells', () => {
  test.each([
    ['abc', 3],
    ['漢字', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['→…', 2],
    ['🙂', 2],
  ])('width of %j is %i', (text, cells) => {
    expect(cellWidth(text)).toBe(cells);
  });

  test('fitCells keeps both ends and never exceeds the width', () => {
    expect(fitCells('payments.shop.svc.cluster.local', 15)).toBe('payment…r.local');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, cells) => {
        expect(cellWidth(fitCells(text, cells))).toBeLessThanOrEqual(cells);
      }),
    );
  });

  test('wrapCells breaks at spaces and keeps long words whole', () => {
    expect(wrapCells('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapCells('one-very-long-word x', 5)).toEqual(['one-very-long-word', 'x']);
    expect(wrapCells('one two', 0)).toEqual(['one two']);
  });
});
