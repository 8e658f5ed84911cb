import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { withScenario } from '../run-scenario.ts';
import { launcher, start } from './netdebug.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-ticket-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a bundle of trace says the same where there is no kubeconfig and no cluster', async () => {
  const traced = await withScenario('service-selector-mismatch', async (_, { namespace, target }) => {
    const args = ['trace', target, '-n', namespace, '--duration', '6s', '--bundle', '-o', 'json'];
    return await start(args, { cwd: folder }).done;
  });
  const here = JSON.parse(traced.stdout) as Report;
  expect(here.causes.map(({ id }) => id)).toContain('service-selector-mismatch');
  const bundles = readdirSync(folder).filter((name) => name.endsWith('.tar.gz'));
  expect(bundles).toHaveLength(1);
  expect(traced.stderr).toContain(`${bundles[0]}`);

  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  const analysed = await start(['analyze', join(folder, bundles[0] ?? ''), '-o', 'json'], {
    program: [launcher],
    cwd: elsewhere,
    env: {
      KUBECONFIG: undefined,
      HOME: elsewhere,
      KUBERNETES_SERVICE_HOST: undefined,
      KUBERNETES_MASTER: undefined,
    },
  }).done;
  const there = JSON.parse(analysed.stdout) as Report;
  expect(there.findings).toEqual(here.findings);
  expect(there.causes).toEqual(here.causes);
  expect(there.unknowns).toEqual(here.unknowns);
  expect(there.verdict).toEqual(here.verdict);
  expect(analysed.exitStatus).toBe(traced.exitStatus);
});
