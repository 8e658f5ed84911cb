import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cluster } from '../cluster.ts';
import { instance } from '../instance.ts';
import { withLock } from '../lock.ts';
import { play } from '../play.ts';
import type { Scenario } from '../scenario.ts';
import { scenarios } from '../scenarios/index.ts';
import { furtherStage, onStage } from '../stage.ts';

/**
 * One scenario of each family that plays here, the policies where they are enforced; all of them are in
 * docs/scenarios.md (`npm run scenarios`).
 */
const NAMES: Readonly<Record<typeof instance.cni, readonly string[]>> = {
  bridge: [
    'healthy',
    'networkpolicy-without-effect',
    'service-selector-mismatch',
    'tls-name-mismatch',
    'coredns-down',
    'node-ip-forward-off',
  ],
  cilium: ['networkpolicy-denies', 'policy-blocks-dns'],
};
const chosen = NAMES[instance.cni].flatMap((name) => scenarios.filter((one) => one.name === name));
const rows = (list: readonly Scenario[]): [string, Scenario][] => list.map((one) => [one.name, one]);
/** Each on a stage of its own; those that disturb the whole cluster one after the other, when these are done. */
const together = rows(chosen.filter(({ isAlone }) => isAlone !== true));
const alone = rows(chosen.filter(({ isAlone }) => isAlone === true));
const stages = together.map((_, index) => furtherStage(index + 1));

const folder = mkdtempSync(join(tmpdir(), 'netdebug-scenarios-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster.kubectl(['delete', 'namespace', '--wait=false', ...stages.map(({ namespace }) => namespace)]);
});

describe('trace and check find and explain a fault of each family on the real cluster, and see it gone once it is undone', () => {
  test('each of them is there, and plays on this pod network', () => {
    expect(chosen.map(({ name }) => name)).toEqual(NAMES[instance.cni]);
    expect(chosen.filter(({ on }) => !on.includes(instance.cni))).toEqual([]);
  });

  test.concurrent.each(together)('%s', { timeout: 300_000 }, async (name, scenario) => {
    const stage = stages[together.findIndex(([one]) => one === name)];
    if (stage === undefined) throw new Error(`no stage for ${name}`);
    const played = await play(onStage(scenario, stage), folder);
    expect(played.wrong, JSON.stringify(played, null, 1)).toEqual([]);
  });

  test.each(alone)('%s', { timeout: 300_000 }, async (_, scenario) => {
    const played = await withLock('scenario', async () => await play(scenario, folder));
    expect(played.wrong, JSON.stringify(played, null, 1)).toEqual([]);
  });
});
