import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { tryRun } from './command.ts';
import { instance } from './instance.ts';
import { adminKubeconfig, kubectlPath } from './paths.ts';
import { withScenario } from './run-scenario.ts';

/*
 * `npm run outputs` (and with NETDEBUG_CLUSTER=cilium): what commands print on the test cluster while nothing is wrong, into docs/outputs/. What they print
 * under each fault comes from `npm run scenarios`.
 */

const folder = resolve(import.meta.dirname, '../../docs/outputs');
const binFolder = resolve(import.meta.dirname, '../../bin');

/** Of each pod network: file name → the program's words. */
const COMMANDS: Readonly<Record<typeof instance.cni, Readonly<Record<string, readonly string[]>>>> = {
  cilium: { 'doctor-cilium': ['doctor', '-n', 'shop'] },
  bridge: {
    check: ['check', 'pod/client', 'svc/payments:80', '-n', 'shop'],
    'check-manifests': ['check', 'pod/client', 'svc/payments:80', '-n', 'shop', '--manifests', 'shop.yaml.d'],
    doctor: ['doctor', '-n', 'shop', '--read-node', '--debug-namespace', 'kube-system'],
    'dry-run': ['trace', 'pod/client', '-n', 'shop', '--dry-run=server'],
    image: ['trace', 'pod/client', '-n', 'shop', '--image', 'registry.example/nowhere:v1'],
    openmetrics: ['trace', 'pod/client', '-n', 'shop', '--duration', '6s', '-o', 'openmetrics'],
    'load-balancer': ['check', 'pod/client', 'svc/outside:80', '-n', 'shop', '--no-probe'],
    'port-forward': ['check', 'pod/client', 'pod/payments-1:8080', '-n', 'shop'],
    rbac: ['rbac', 'trace', 'causes', '-n', 'shop'],
    wide: ['trace', 'pod/client', '-n', 'shop', '--duration', '6s', '-o', 'wide'],
  },
};

/** Nobody provides load balancers here. */
const WAITING = `
apiVersion: v1
kind: Service
metadata: { name: outside, namespace: shop, labels: { netdebug.example/scenario: outputs } }
spec: { type: LoadBalancer, selector: { app: payments }, ports: [{ port: 80, targetPort: 8080 }] }
`;

async function main(names: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const own = mkdtempSync(join(tmpdir(), 'netdebug-outputs-'));
  const manifests = join(own, 'shop.yaml.d');
  mkdirSync(manifests);
  try {
    await withScenario('healthy', async (cluster) => {
      await cluster.apply(WAITING);
      const kinds = 'pods,services,networkpolicies';
      writeFileSync(
        join(manifests, 'shop.yaml'),
        await cluster.kubectl(['get', kinds, '-n', 'shop', '-o', 'yaml']),
      );
      for (const [name, words] of Object.entries(COMMANDS[instance.cni]))
        if (names.length === 0 || names.includes(name))
          writeFileSync(join(folder, `${name}.txt`), await said(words, own));
    });
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** The command and what it prints, progress first. */
async function said(words: readonly string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await tryRun([kubectlPath, 'netdebug', ...words], {
    cwd,
    env: {
      KUBECONFIG: adminKubeconfig,
      TMPDIR: cwd,
      PATH: `${binFolder}:${dirname(kubectlPath)}:${process.env['PATH'] ?? ''}`,
    },
    timeoutMs: 180_000,
  });
  // Where captures are kept is a place of this machine.
  return `$ kubectl netdebug ${words.join(' ')}\n${stderr}${stdout}`.replaceAll(`${cwd}/`, '');
}

await main(process.argv.slice(2));
