import { expect, test } from 'vitest';
import { mergePlaces } from '../../src/detect/merge-places.ts';
import type { CapturePair } from '../../src/matching/crossing.ts';
import { finding } from '../report/builders.ts';

const pair = (first: number, second: number, matched: number, problem = ''): CapturePair => ({
  first,
  second,
  matched,
  missedByFirst: 0,
  missedBySecond: 0,
  clockOffsetMs: 0,
  clockErrorMs: 0,
  thereMs: null,
  backMs: null,
  problem,
});

test('the same silence at three places is one finding, with the frames of the place that saw most', () => {
  const seen = [
    finding({ capture: 0, count: 4, frames: [1] }),
    finding({ capture: 2, count: 5, frames: [7] }),
    finding({ capture: 1, count: 5, frames: [3] }),
  ];
  // The first and the third place have nothing in common but through the second.
  const merged = mergePlaces(seen, [pair(0, 2, 9), pair(2, 1, 9)]);
  expect(merged).toHaveLength(1);
  expect(merged[0]).toMatchObject({ capture: 1, count: 5, frames: [3], details: { alsoIn: [0, 2] } });
});

test('captures that share no packets, other ends, and what a capture says of itself stay apart', () => {
  const apart = [finding({ capture: 0 }), finding({ capture: 1 })];
  expect(mergePlaces(apart, [])).toEqual(apart);
  expect(mergePlaces(apart, [pair(0, 1, 0)])).toEqual(apart);
  expect(mergePlaces(apart, [pair(0, 1, 5, 'one of them ended too early')])).toEqual(apart);
  const others = [
    finding({ capture: 0 }),
    finding({ capture: 1, server: '10.0.0.9:80' }),
    finding({ capture: 0, id: 'captured-twice', client: '', server: '' }),
    finding({ capture: 1, id: 'captured-twice', client: '', server: '' }),
  ];
  expect(mergePlaces(others, [pair(0, 1, 5)])).toEqual(others);
});
