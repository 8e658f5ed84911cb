import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluateFlow } from '../../src/policy/evaluate.ts';
import { hostOfPod, type Host } from '../../src/policy/flow.ts';
import { openPolicies } from '../../src/policy/policy-index.ts';
import { caseIds, hasCorpus, readCase, unpackCorpus, type Point, type PolicyCase } from './corpus.ts';

if (!hasCorpus) process.stderr.write('skipped: no netpol.tar.xz in NETDEBUG_CORPORA\n');
const folder = hasCorpus ? unpackCorpus() : '';
afterAll(() => {
  if (hasCorpus) rmSync(folder, { recursive: true });
});

function hostOf(text: string, { facts }: PolicyCase): Host {
  if (text.startsWith('ip:')) {
    const address = text.slice('ip:'.length);
    const node = facts.nodes?.find(({ addresses }) => addresses.includes(address));
    return node === undefined ? { kind: 'outside', address } : { kind: 'node', node: node.name, address };
  }
  const pod = facts.pods?.find(({ namespace, name }) => `${namespace}/${name}` === text);
  if (pod === undefined) throw new Error(`no pod ${text}`);
  return hostOfPod(pod);
}

/** The points on which the engine and the corpus differ, as text. */
function differences(one: PolicyCase): string[] {
  const index = openPolicies(one.facts, { ipBlockMatchesPods: one.ipBlockMatchesPods });
  const hosts = new Map<string, Host>();
  const placed = (text: string): Host => {
    const host = hosts.get(text) ?? hostOf(text, one);
    hosts.set(text, host);
    return host;
  };
  const saysOf = (point: Point): string => {
    const flow = { ...point, from: placed(point.from), to: placed(point.to) };
    const verdict = evaluateFlow(index, flow);
    return point.direction === 'allowed' ? verdict.decision : verdict[point.direction].decision;
  };
  return one.points.flatMap((point) => {
    const says = saysOf(point);
    return says === (point.expected ? 'allow' : 'deny')
      ? []
      : [
          `${point.from} -> ${point.to} ${point.protocol} ${point.port} ${point.direction}: ${says}, expected ${point.expected ? 'allow' : 'deny'}`,
        ];
  });
}

describe.skipIf(!hasCorpus)('policy corpus', () => {
  const ids = hasCorpus ? caseIds(folder) : [];
  let verdicts = 0;

  it.each(ids)('%s', (id) => {
    const one = readCase(folder, id);
    verdicts += one.points.filter(({ direction }) => direction === 'allowed').length;
    expect(differences(one).slice(0, 5)).toEqual([]);
  });

  it('was whole', () => {
    expect(ids).toHaveLength(508);
    expect(verdicts).toBe(266_382);
  });
});
