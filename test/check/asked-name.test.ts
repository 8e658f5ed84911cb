import { expect, test } from 'vitest';
import { isAskedName } from '../../src/check/asked-name.ts';

test.each([
  ['api', 'api', true],
  ['api.shop', 'api', true],
  ['api.shop.svc.cluster.local', 'api', true],
  ['api-old', 'api', false],
  ['api.example.com', 'api', false],
  ['api.shopping', 'api', false],
  ['api.back.svc.cluster.local', 'api.back', true],
  ['api.backup', 'api.back', false],
  ['example.com', 'example.com.', true],
  ['api.shop', 'API', true],
  ['anything', '', false],
])('%s is what "%s" asks for: %s', (seen, asked, expected) => {
  expect(isAskedName(seen, asked, 'shop')).toBe(expected);
});
