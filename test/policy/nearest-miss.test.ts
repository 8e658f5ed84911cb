import { describe, expect, it } from 'vitest';
import { nearestMiss } from '../../src/policy/nearest-miss.ts';
import { openPolicies } from '../../src/policy/policy-index.ts';
import { CLUSTER, hostOf, np } from './ask.ts';
import { readFacts } from './corpus.ts';

describe('nearestMiss', () => {
  const nearest = (policy: string): string => {
    const facts = readFacts([CLUSTER, policy].join('\n---\n'));
    const flow = {
      from: hostOf('shop/web', facts),
      to: hostOf('back/db', facts),
      protocol: 'TCP',
      port: 5432,
    };
    return nearestMiss(openPolicies(facts, { ipBlockMatchesPods: null }), flow, 'ingress');
  };
  const where = 'rule 1 (ingress) of NetworkPolicy back/p is nearest:';

  it.each([
    [
      '{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}]}',
      `${where} port 80-90/TCP is allowed, 5432/TCP was used`,
    ],
    [
      '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {role: x}}}]}]}',
      `${where} it would match if pod shop/web had role=x (it has no such label)`,
    ],
    [
      '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: data}}}]}]}',
      `${where} it would match if namespace shop had team=data (it has team=web)`,
    ],
    [
      '{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}',
      `${where} it admits pods of namespace back only, shop/web is in another`,
    ],
    ['{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}', ''],
    ['{podSelector: {}}', ''],
  ])('%s', (spec, text) => {
    expect(nearest(np(spec))).toBe(text);
  });
});
