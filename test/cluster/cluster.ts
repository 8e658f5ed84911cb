import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandOptions, CommandResult } from './command.ts';
import { kubectl, tryKubectl } from './kubectl.ts';
import { nodes, type ClusterNode } from './nodes.ts';
import { adminKubeconfig, kubectlPath, runFolder } from './paths.ts';
import { writeKubeconfig } from './pki.ts';
import { runInNode } from './underlay.ts';
import { waitFor } from './wait.ts';

/** What tests and scenarios do with the running cluster. All of it as its administrator. */
export interface Cluster {
  readonly kubeconfig: string;
  readonly kubectlPath: string;
  /** Returns stdout; throws on an exit status other than 0. */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  tryKubectl(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Applies YAML text; tried again while a new namespace is not yet served. */
  apply(yaml: string): Promise<void>;
  /** Waits until every named pod ("pod/x" arguments or "--all") of the namespace is Ready. */
  waitReady(namespace: string, ...pods: readonly string[]): Promise<void>;
  /** Runs a program in a node's network namespace; returns stdout. */
  inNode(name: ClusterNode['name'], argv: readonly string[]): Promise<string>;
  /** Runs a shell command in the first container of a pod. */
  inPod(namespace: string, pod: string, command: string): Promise<CommandResult>;
  /** Writes a kubeconfig (mode 0600) for a ServiceAccount of namespace shop; returns its path. */
  kubeconfigFor(serviceAccount: string): Promise<string>;
}

export const cluster: Cluster = {
  kubeconfig: adminKubeconfig,
  kubectlPath,
  kubectl,
  tryKubectl,
  apply: async (yaml) =>
    await waitFor(
      'the API server to take the manifests',
      async () => {
        await kubectl(['apply', '-f', '-'], { input: yaml });
        return true;
      },
      15_000,
    ),
  waitReady: async (namespace, ...pods) => {
    await kubectl(['wait', '-n', namespace, '--for=condition=Ready', '--timeout=60s', ...pods]);
  },
  inNode: async (name, argv) => {
    const node = nodes.find((row) => row.name === name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return await runInNode(node, argv);
  },
  inPod: async (namespace, pod, command) =>
    await tryKubectl(['exec', '-n', namespace, pod, '--', 'sh', '-c', command]),
  kubeconfigFor: async (serviceAccount) => {
    const token = (await kubectl(['create', 'token', '-n', 'shop', serviceAccount, '--duration=24h'])).trim();
    const path = join(runFolder, `${serviceAccount}.kubeconfig`);
    writeKubeconfig(path, { token });
    return path;
  },
};

/** Text of a file in `manifests/`. */
export function manifest(name: string): string {
  return readFileSync(new URL(`manifests/${name}`, import.meta.url), 'utf8');
}
