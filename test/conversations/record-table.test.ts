import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finish, mix, RecordTable } from '../../src/conversations/record-table.ts';

const CAPACITY = 16;
const STRIDE = 2;

/** A table of key → value (first and second word) with a hash that makes chains long. */
class Dictionary {
  readonly evicted: number[] = [];
  readonly table: RecordTable = new RecordTable(CAPACITY, STRIDE, (index) => {
    this.evicted.push(this.table.words[index * STRIDE] as number);
  });

  find(key: number): number {
    for (let index = this.table.first(key & 3); index >= 0; index = this.table.next(index)) {
      if (this.table.words[index * STRIDE] === key) return index;
    }
    return -1;
  }

  set(key: number, value: number): void {
    const known = this.find(key);
    const index = known >= 0 ? known : this.table.insert(key & 3);
    this.table.words[index * STRIDE] = key;
    this.table.words[index * STRIDE + 1] = value;
    this.table.touch(index);
  }

  entries(): [number, number][] {
    const all: [number, number][] = [];
    this.table.forEach((index) =>
      all.push([this.table.words[index * STRIDE] as number, this.table.words[index * STRIDE + 1] as number]),
    );
    return all;
  }
}

const byKey = (a: [number, number], b: [number, number]): number => a[0] - b[0];

describe('RecordTable', () => {
  test('behaves as a Map from which evicted keys were deleted', () => {
    const key = fc.integer({ min: 1, max: 40 });
    const operation = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('set' as const), key, value: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), key, value: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeEven' as const), key, value: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const dictionary = new Dictionary();
        const model = new Map<number, number>();
        for (const step of operations) {
          if (step.kind === 'set') {
            dictionary.set(step.key, step.value);
            for (const evicted of dictionary.evicted.splice(0)) expect(model.delete(evicted)).toBe(true);
            model.set(step.key, step.value);
          } else if (step.kind === 'remove') {
            const index = dictionary.find(step.key);
            expect(index >= 0).toBe(model.delete(step.key));
            if (index >= 0) dictionary.table.remove(index);
          } else {
            // Removing while walking.
            dictionary.table.forEach((index) => {
              const found = dictionary.table.words[index * STRIDE] as number;
              if (found % 2 === 0) dictionary.table.remove(index);
            });
            for (const found of model.keys()) if (found % 2 === 0) model.delete(found);
          }
          expect(dictionary.table.count).toBe(model.size);
          expect(dictionary.entries().toSorted(byKey)).toEqual([...model].toSorted(byKey));
          for (const [known] of model) expect(dictionary.find(known)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('evicts one that was not touched since the hand passed, and only when it is full', () => {
    const dictionary = new Dictionary();
    for (let key = 1; key <= CAPACITY; key++) dictionary.set(key, key);
    expect(dictionary.evicted).toEqual([]);
    dictionary.set(100, 0);
    expect(dictionary.evicted).toEqual([1]);
    for (const key of [2, 3, 4]) dictionary.set(key, 9);
    dictionary.set(101, 0);
    expect(dictionary.evicted).toEqual([1, 5]);
  });

  test('a new record is all zeros, whatever stood in its place', () => {
    const dictionary = new Dictionary();
    for (let key = 1; key <= CAPACITY; key++) dictionary.set(key, 77);
    const index = dictionary.table.insert(0);
    expect([...dictionary.table.words.subarray(index * STRIDE, (index + 1) * STRIDE)]).toEqual([0, 0]);
  });
});

test('hashes of neighbouring addresses spread over the buckets, differently for each seed', () => {
  const buckets = (seed: number): number[] =>
    Array.from({ length: 4096 }, (_, i) => finish(mix(seed, 0x0af40000 + i)) & 4095);
  expect(new Set(buckets(1)).size).toBeGreaterThan(2300);
  expect(buckets(1)).not.toEqual(buckets(2));
});
