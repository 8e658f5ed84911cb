import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluateWay } from '../../src/check/check.ts';
import type { CheckServer } from '../../src/check/route.ts';
import { clientAt } from '../../src/commands/check-ends.ts';
import { podNamed, type CheckClient } from '../../src/check/route.ts';
import type { Facts, ObjectName } from '../../src/cluster/facts.ts';
import { manifestFacts } from '../../src/manifests/manifest-facts.ts';
import { readManifests } from '../../src/manifests/read-manifests.ts';
import { NOBODY } from '../check/evaluate.ts';
import { caseIds, hasCorpus, readCase, unpackCorpus, type Point } from '../policy/corpus.ts';

if (!hasCorpus) process.stderr.write('skipped: no netpol.tar.xz in NETDEBUG_CORPORA\n');
const folder = hasCorpus ? unpackCorpus() : '';
afterAll(() => {
  if (hasCorpus) rmSync(folder, { recursive: true });
}, 60_000);

/** Questions of a case that are put; all of them are put to the engine itself in test/policy. */
const MAX_POINTS = 3;

const nameOf = (place: string): ObjectName => {
  const [namespace = '', name = ''] = place.split('/');
  return { namespace, name };
};

function clientOf(place: string, facts: Facts): CheckClient {
  if (place.startsWith('ip:')) return { text: place, pod: null, address: place.slice(3) };
  const pod = podNamed(nameOf(place), facts);
  if (pod === null) throw new Error(`no pod ${place}`);
  return clientAt(pod);
}

function serverOf({ to, port, protocol }: Point): CheckServer {
  const base = { ...NOBODY, port, protocol };
  return to.startsWith('ip:') ? { ...base, addresses: [to.slice(3)] } : { ...base, pods: [nameOf(to)] };
}

/** The same number of questions from each part of a case. */
function sampled(points: readonly Point[]): readonly Point[] {
  const step = Math.max(1, Math.floor(points.length / MAX_POINTS));
  return points.filter((_, index) => index % step === 0);
}

describe.skipIf(!hasCorpus)('the policy corpus as manifests', () => {
  it.each(hasCorpus ? caseIds(folder) : [])('%s', async (id) => {
    const { points, ipBlockMatchesPods } = readCase(folder, id);
    const facts = manifestFacts(await readManifests(join(folder, id, 'manifests.yaml')), 'default');
    const enforcer = {
      name: 'any',
      enforces: 'yes',
      denies: 'drop',
      rejectsAsService: false,
      ipBlockMatchesPods,
    } as const;
    for (const point of sampled(points)) {
      const question = {
        client: clientOf(point.from, facts),
        server: serverOf(point),
        isOfManifests: true,
        enforcer,
      };
      const { policy } = evaluateWay(question, facts);
      const verdict = point.direction === 'allowed' ? policy.verdict : policy[point.direction].verdict;
      expect(`${JSON.stringify(point)} ${verdict}`).toBe(
        `${JSON.stringify(point)} ${point.expected ? 'allow' : 'deny'}`,
      );
    }
  });
});
