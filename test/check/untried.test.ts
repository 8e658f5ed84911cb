import { expect, test } from 'vitest';
import type { CheckReport } from '../../src/check/check-report.ts';
import { untriedReport } from '../../src/check/untried.ts';
import { facts } from '../explain/builders.ts';
import { SHOP, way } from './evaluate.ts';

const { layers, causes, policy, unknowns, names } = way();
const report: CheckReport = {
  checkVersion: '1.0',
  tool: { name: 'kubectl-netdebug', version: '0.0.0' },
  verdict: { outcome: 'open', layer: '', text: '' },
  from: 'pod/shop/client',
  to: 'svc/payments',
  layers,
  policy,
  probes: [],
  causes,
  policySuspects: [],
  unknowns,
  findings: [],
  captures: [],
  names,
};

test('an image that cannot capture is the cause that a trace names', () => {
  const why = 'tcpdump does not capture in pod shop/client: sh: line 1: tcpdump: not found';
  const untried = untriedReport(report, { why, next: 'another image' }, facts(SHOP));
  expect(untried.verdict).toMatchObject({ outcome: 'unknown', layer: 'connect' });
  expect(untried.layers.at(-1)).toMatchObject({ status: 'unknown', next: 'another image' });
  expect(untried.causes).toMatchObject([
    { id: 'image-cannot-capture', layer: 'connect', confidence: 'certain' },
  ]);
});

test('whatever else keeps the container from running has no cause, and is said', () => {
  const untried = untriedReport(report, { why: 'the quota is used up', next: '' }, facts(SHOP));
  expect(untried.causes).toEqual([]);
  expect(untried.verdict.text).toContain('nothing could be tried: the quota is used up');
});
