import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { instance } from '../instance.ts';
import { withLock } from '../lock.ts';
import { play } from '../play.ts';
import type { Scenario } from '../scenario.ts';
import { scenarios } from '../scenarios/index.ts';

/**
 * One scenario of each family that plays here, the policies where they are enforced; all of them are in
 * docs/scenarios.md (`npm run scenarios`).
 */
const NAMES: Readonly<Record<typeof instance.cni, readonly string[]>> = {
  bridge: [
    'coredns-down',
    'healthy',
    'networkpolicy-without-effect',
    'node-ip-forward-off',
    'service-selector-mismatch',
  ],
  cilium: ['networkpolicy-denies', 'policy-blocks-dns'],
};
const chosen = scenarios.filter(({ name }) => NAMES[instance.cni].includes(name));

const folder = mkdtempSync(join(tmpdir(), 'netdebug-scenarios-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('trace finds and explains a fault of each family on the real cluster, and sees it gone once it is undone', () => {
  test('each of them is there, and plays on this pod network', () => {
    expect(chosen.map(({ name }) => name)).toEqual(NAMES[instance.cni]);
    expect(chosen.filter(({ on }) => !on.includes(instance.cni))).toEqual([]);
  });

  test.each(chosen.map((scenario): [string, Scenario] => [scenario.name, scenario]))(
    '%s',
    { timeout: 240_000 },
    async (_, scenario) => {
      const played = await withLock('scenario', async () => await play(scenario, folder));
      expect(played.wrong, JSON.stringify(played, null, 1)).toEqual([]);
    },
  );
});
