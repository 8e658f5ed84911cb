import { expect, test } from 'vitest';
import { boundRing, podMemoryLimit, shapeRing } from '../../src/recorder/ring-size.ts';

test.each([
  [2e6, { files: 2, fileMegabytes: 1, ringBytes: 2e6 }],
  [16e6, { files: 16, fileMegabytes: 1, ringBytes: 16e6 }],
  [48_999_999, { files: 16, fileMegabytes: 3, ringBytes: 48e6 }],
  [47e6, { files: 23, fileMegabytes: 2, ringBytes: 46e6 }],
  [200e6, { files: 16, fileMegabytes: 12, ringBytes: 192e6 }],
])('a ring of %d bytes is cut into whole megabytes and never grows', (bytes, shape) => {
  expect(shapeRing(bytes)).toEqual(shape);
});

test('a ring is bounded by its memory file system, and by what the pod may use together', () => {
  expect(boundRing(64 * 2 ** 20, null).maxBytes).toBe(48 * 2 ** 20);
  expect(boundRing(64 * 2 ** 20, 128 * 2 ** 20)).toMatchObject({
    maxBytes: 16 * 2 ** 20,
    reason: "an eighth of the pod's memory limit",
  });
});

test.each([
  [['128Mi', '64Mi'], 192 * 2 ** 20],
  [['1G', '500M'], 1.5e9],
  [['1e9'], 1e9],
  [['128974848000m'], 128_974_848],
  [['128Mi', undefined], null],
  [['rubbish'], null],
  [[], null],
])('containers with limits %j leave the pod with %s', (limits, sum) => {
  const containers = limits.map((memory) => ({
    resources: memory === undefined ? {} : { limits: { memory } },
  }));
  expect(podMemoryLimit({ metadata: { name: 'x', namespace: 'y' }, spec: { containers } })).toBe(sum);
});
