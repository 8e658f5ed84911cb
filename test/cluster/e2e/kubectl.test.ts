import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cluster } from '../cluster.ts';
import { tryRun } from '../command.ts';
import { adminKubeconfig, kubectlPath } from '../paths.ts';
import { environment, launcher } from './netdebug.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-kubectl-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('kubectl lists the plugin without a warning', async () => {
  const listed = await tryRun([kubectlPath, 'plugin', 'list'], { env: environment() });
  expect(listed.stdout.split('\n')).toContain(launcher);
  expect(listed.stdout + listed.stderr).not.toMatch(/warning|overshadow|not executable/i);
  expect(listed.exitStatus).toBe(0);
});

test('TAB after pod/ offers the pods of the namespace in use', async () => {
  expect(await complete('trace', '-n', 'shop', 'pod/')).toEqual(await podsOf('shop'));
  expect(await complete('trace', '--namespace=shop', 'pod/pay')).toEqual([
    'pod/payments-1',
    'pod/payments-2',
  ]);
  expect(await podsOf('kube-system')).toContainEqual(expect.stringMatching(/^pod\/coredns-/));
  expect(await completeWith(await kubeconfigIn('kube-system'), 'trace', 'pod/')).toEqual(
    await podsOf('kube-system'),
  );
});

async function podsOf(namespace: string): Promise<string[]> {
  return (await cluster.kubectl(['get', 'pods', '-n', namespace, '-o', 'name']))
    .trim()
    .split('\n')
    .toSorted();
}

/** The administrator's kubeconfig with a namespace in its context; returns its path. */
async function kubeconfigIn(namespace: string): Promise<string> {
  const text = await cluster.kubectl(['config', 'view', '--raw', '-o', 'json']);
  const config = JSON.parse(text) as { contexts: { context: { namespace?: string } }[] };
  for (const { context } of config.contexts) context.namespace = namespace;
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function complete(...words: readonly string[]): Promise<string[]> {
  return await completeWith(adminKubeconfig, ...words);
}

/** What kubectl's own completion offers, as a shell asks it; the last line is cobra's directive. */
async function completeWith(kubeconfig: string, ...words: readonly string[]): Promise<string[]> {
  const env = environment({ KUBECONFIG: kubeconfig });
  const { stdout } = await tryRun([kubectlPath, '__complete', 'netdebug', ...words], { env });
  const lines = stdout.trim().split('\n');
  expect(lines.at(-1)).toBe(':4'); // no file names
  return lines.slice(0, -1).toSorted();
}
