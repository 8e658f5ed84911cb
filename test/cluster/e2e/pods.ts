import { cluster } from '../cluster.ts';
import { appImage } from '../images.ts';
import { withLock } from '../lock.ts';
import type { ClusterNode } from '../nodes.ts';

/** Namespace of the pods that belong to one test only. */
export const testNamespace = 'e2e';

/** A pod to start: where, and the shell script that its container runs; variables hold the addresses of the pods before it. */
export interface PodRequest {
  readonly node: ClusterNode['name'];
  readonly script: string;
  readonly gracePeriodSeconds?: number;
}

/** A pod that runs. */
export interface TestPod {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
}

/** Ends at once on TERM, and sends nothing. */
export const idle = 'trap "exit 0" TERM; sleep 1000000 & wait';
/** Serves `/big`, 200 MB of zeros that take no space. */
export const serveBig =
  'mkdir /tmp/www; truncate -s 200000000 /tmp/www/big; exec httpd -f -p 8080 -h /tmp/www';

/**
 * Runs `task` with pods that nobody else uses; they are deleted however it ends. Started one after
 * the other, so that a script may use the address of an earlier one: `$SERVER` for the key "server".
 * Holds the lock of the scenarios, for another test may take the cluster down.
 */
export async function withPods<K extends string, T>(
  requests: Readonly<Record<K, PodRequest>>,
  task: (pods: Readonly<Record<K, TestPod>>) => Promise<T>,
): Promise<T> {
  return await withLock('scenario', async () => {
    const suffix = Date.now().toString(36);
    const started: [string, TestPod][] = [];
    try {
      await cluster.apply(
        JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: testNamespace } }),
      );
      for (const [key, request] of Object.entries<PodRequest>(requests)) {
        const env = started.map(([name, pod]) => ({ name: name.toUpperCase(), value: pod.address }));
        started.push([key, await startPod(`${key}-${suffix}`, request, env)]);
      }
      return await task(Object.fromEntries(started) as Record<K, TestPod>);
    } finally {
      await cluster.kubectl([
        'delete',
        'pods',
        '-n',
        testNamespace,
        '-l',
        `test=${suffix}`,
        '--wait=false',
        '--grace-period=1',
      ]);
    }
  });
}

async function startPod(
  name: string,
  { node, script, gracePeriodSeconds = 1 }: PodRequest,
  env: readonly object[],
): Promise<TestPod> {
  const container = { name: 'app', image: appImage, command: ['sh', '-c', script], env };
  const metadata = {
    name,
    namespace: testNamespace,
    labels: { test: name.slice(name.lastIndexOf('-') + 1) },
  };
  const spec = { nodeName: node, terminationGracePeriodSeconds: gracePeriodSeconds, containers: [container] };
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }));
  await cluster.waitReady(testNamespace, `pod/${name}`);
  const said = await cluster.kubectl([
    'get',
    'pod',
    name,
    '-n',
    testNamespace,
    '-o',
    'jsonpath={.metadata.uid} {.status.podIP}',
  ]);
  const [uid = '', address = ''] = said.split(' ');
  return { name, uid, address };
}

/** Names of the ephemeral containers that a pod lists. */
export async function debugContainers(namespace: string, pod: string): Promise<string[]> {
  const said = await cluster.kubectl([
    'get',
    'pod',
    pod,
    '-n',
    namespace,
    '-o',
    'jsonpath={.spec.ephemeralContainers[*].name}',
  ]);
  return said.split(' ').filter((name) => name !== '');
}
