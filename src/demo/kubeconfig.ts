import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A kubeconfig that leads to the embedded server; removed when it is disposed of. */
export interface TemporaryKubeconfig extends AsyncDisposable {
  readonly path: string;
}

/** Writes a kubeconfig with one context, "demo", for this user only. Names and address are the program's own. */
export async function writeKubeconfig(server: string, namespace: string): Promise<TemporaryKubeconfig> {
  const folder = await mkdtemp(join(tmpdir(), 'netdebug-demo-'));
  const path = join(folder, 'kubeconfig');
  // JSON is YAML.
  await writeFile(path, JSON.stringify(kubeconfig(server, namespace), null, 2), { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

function kubeconfig(server: string, namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'demo',
    clusters: [{ name: 'demo', cluster: { server } }],
    users: [{ name: 'demo', user: {} }],
    contexts: [{ name: 'demo', context: { cluster: 'demo', user: 'demo', namespace } }],
  };
}
