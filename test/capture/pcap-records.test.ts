import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countRecords } from '../../src/capture/pcap-records.ts';
import { fileHeader, record } from './fake-container.ts';

const whole = Buffer.concat([fileHeader(), record(3, 1), record(0), record(2000, 2), record(1, 3)]);

test('a stream cut anywhere comes out as it is and is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 20 }), (places) => {
      const counter = countRecords();
      const cuts = [0, ...places.toSorted((a, b) => a - b), whole.length];
      const out = cuts.slice(1).flatMap((end, index) => counter.push(whole.subarray(cuts[index], end)));
      expect(Buffer.concat(out).equals(whole)).toBe(true);
      expect(counter.packets()).toBe(4);
    }),
  );
});

test('random bytes never throw and are handed on or held', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (pieces) => {
      const counter = countRecords();
      const out = pieces.flatMap((piece) => counter.push(Buffer.from(piece)));
      expect(Buffer.concat(out).length).toBeLessThanOrEqual(
        pieces.reduce((sum, piece) => sum + piece.length, 0),
      );
    }),
  );
});

test('what is no pcap is handed on and not counted', () => {
  const counter = countRecords();
  const text = Buffer.from('this is not a capture file at all');
  expect(Buffer.concat(counter.push(text)).equals(text)).toBe(true);
  expect(counter.packets()).toBeNull();
});

test('a record that is longer than any can be ends the counting', () => {
  const counter = countRecords();
  const absurd = Buffer.alloc(16);
  absurd.writeUInt32LE(0xffffffff, 8);
  expect(Buffer.concat(counter.push(Buffer.concat([fileHeader(), absurd]))).length).toBe(40);
  expect(counter.packets()).toBeNull();
});

test('another link type cannot be appended', () => {
  const counter = countRecords();
  counter.push(Buffer.concat([fileHeader(1), record(1)]));
  counter.restart();
  expect(() => counter.push(Buffer.concat([fileHeader(276), record(1)]))).toThrow('another format');
});

test('nothing received yet is no packets', () => {
  expect(countRecords().packets()).toBe(0);
});
