import { expect, test } from 'vitest';
import { evaluateMatrix } from '../../src/check/matrix.ts';
import { clientAt } from '../../src/commands/check-ends.ts';
import { selectedBy } from '../../src/commands/check-selector.ts';
import { CLIENT, facts, pod, policy } from '../explain/builders.ts';
import { NOBODY, PAYMENTS, SHOP, WEB, WEB_2 } from './evaluate.ts';

const CALICO = pod('calico-1', { namespace: 'kube-system', owner: 'DaemonSet/calico-node' });
const closed = policy('closed', {
  podSelector: { matchLabels: { zone: 'one' }, matchExpressions: [] },
});
const all = facts({ ...SHOP, pods: [WEB, WEB_2, CALICO], networkPolicies: [closed] });
const toPod = (name: string) => ({ ...NOBODY, text: `pod/${name}`, pods: [{ namespace: 'shop', name }] });
const how = { isOfManifests: false };

test('open, denied by whom, and a pod itself', () => {
  const { rows, verdict, to } = evaluateMatrix(
    [clientAt(CLIENT), clientAt(WEB_2)],
    [toPod('web'), toPod('web-2')],
    all,
    how,
  );
  expect(to).toEqual(['pod/web', 'pod/web-2']);
  expect(rows.map(({ cells }) => cells.map((cell) => cell?.short ?? null))).toEqual([
    ['open', 'denied by NetworkPolicy shop/closed'],
    ['open', null],
  ]);
  expect(verdict).toMatchObject({
    outcome: 'fails',
    text: expect.stringMatching(/^Of 3 ways: 2 open .* 1 failing, 0 not known/) as string,
  });
});

test('what could not be read is not open', () => {
  const { verdict, rows } = evaluateMatrix(
    [clientAt(CLIENT)],
    [PAYMENTS],
    { ...all, networkPolicies: null },
    how,
  );
  expect([verdict.outcome, rows[0]?.cells[0]?.short]).toEqual(['unknown', 'unknown (dns)']);
});

test.each([
  ['app=payments', ['web', 'web-2']],
  ['app=payments,zone=one', ['web-2']],
  ['app in (payments, other),!zone', ['web']],
  ['app==payments,zone!=one', ['web']],
  ['zone', ['web-2']],
])('-l %s', (selector, names) => {
  expect(selectedBy(selector, 'shop', all).map(({ name }) => name)).toEqual(names);
});

test.each(['app=nobody', 'app=a b', '=', ''])('-l "%s" selects nobody', (selector) => {
  expect(() => selectedBy(selector, 'shop', all)).toThrow(/selects no/);
});
