import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coveragePage } from '../../scripts/coverage.ts';
import { rootFolder } from '../../scripts/paths.ts';

test('docs/coverage.md shows what was printed on the test cluster (npm run coverage)', () => {
  expect(readFileSync(join(rootFolder, 'docs/coverage.md'), 'utf8')).toBe(coveragePage());
});
