import { expect, test } from 'vitest';
import { namingOf } from '../../src/report/naming.ts';

const naming = namingOf(
  { names: { '10.244.1.5': 'pod/checkout.shop' }, seenNames: {}, captures: [] },
  'full',
);

test('ports of a mesh are called so, with a name and without', () => {
  expect(naming.endpoint('10.244.1.5:15008')).toBe("pod/checkout.shop:15008 (Istio ambient's tunnel)");
  expect(naming.endpoint('10.244.1.6:4143')).toBe("10.244.1.6:4143 (Linkerd's proxy)");
  expect(naming.endpoint('[fd00::6]:15001')).toBe("[fd00::6]:15001 (Istio's proxy)");
  expect(naming.endpoint('10.244.1.5:8080')).toBe('pod/checkout.shop:8080');
  expect(naming.sentence('SYNs to 10.244.1.5:15008 got no answer')).toContain("(Istio ambient's tunnel)");
});
