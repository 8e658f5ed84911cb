import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { cluster } from '../cluster.ts';
import { appImage } from '../images.ts';
import { withLock } from '../lock.ts';
import { writeKubeconfig } from '../pki.ts';
import { waitFor } from '../wait.ts';
import { byPolicy, byWebhook } from './admission.ts';
import { report, said, start } from './netdebug.ts';
import { debugContainers } from './pods.ts';

/** Takes debug containers unless a test forbids it; where privileged pods may run; where nothing of ours may. */
const namespace = 'e2e-rungs';
const opsNamespace = 'e2e-rungs-ops';
const restricted = 'e2e-rungs-restricted';
const folder = mkdtempSync(join(tmpdir(), 'netdebug-rungs-'));

const client = (where: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client', namespace: where },
  spec: {
    nodeName: 'node1',
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'app',
        image: appImage,
        command: [
          'sh',
          '-c',
          'while :; do dig +short +time=1 +tries=1 kubernetes.default.svc.cluster.local; sleep 0.3; done',
        ],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  },
});
const space = (name: string, level: string): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } },
});

beforeAll(async () => {
  const spaces = [
    space(namespace, 'privileged'),
    space(opsNamespace, 'privileged'),
    space(restricted, 'restricted'),
  ];
  const user = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'on-call', namespace: opsNamespace },
  };
  const items = [...spaces, user, client(namespace), client(restricted)];
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  for (const where of [namespace, restricted]) await cluster.waitReady(where, 'pod/client');
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster.kubectl(['delete', 'namespace', namespace, opsNamespace, restricted, '--wait=false']);
});

const alone = async (task: () => Promise<void>): Promise<void> => await withLock('scenario', task);
const fromNode = [
  'trace',
  'pod/client',
  '-n',
  restricted,
  '--profile',
  'node',
  '--debug-namespace',
  opsNamespace,
];

/** Debug pods that have not been deleted. */
async function debugPods(): Promise<string[]> {
  const selector = 'app.kubernetes.io/managed-by=kubectl-netdebug';
  const said = await cluster.kubectl(['get', 'pods', '-n', opsNamespace, '-l', selector, '-o', 'json']);
  const { items } = JSON.parse(said) as {
    items: { metadata: { name: string; deletionTimestamp?: string } }[];
  };
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
}

describe('a pod in a restricted namespace', () => {
  test('is captured by a pod on its node, in its own network, and both are as before', async () => {
    await alone(async () => {
      const { report: found, stderr } = await report([...fromNode, '--duration', '3s']);
      expect(stderr).toMatch(/^creates pod e2e-rungs-ops\/netdebug-[0-9a-f]{6} .* on node node1/m);
      const said = await cluster.kubectl([
        'get',
        'pod',
        'client',
        '-n',
        restricted,
        '-o',
        'jsonpath={.status.podIP}',
      ]);
      expect(found.captures[0]).toMatchObject({
        vantagePoint: `pod/${restricted}/client eth0`,
        addresses: [said],
      });
      expect(found.captures[0]?.packets).toBeGreaterThan(0);
      // Nothing but its own traffic: this is its network and not the node's.
      const clients = new Set(found.conversations.map(({ client: address }) => address));
      expect([...clients]).toEqual([said]);
      expect(await debugContainers(restricted, 'client')).toEqual([]);
      expect(await debugPods()).toEqual([]);
    });
  });

  test('takes the debug pod that --dry-run prints, and doctor says that it is the only way', async () => {
    const asked = ['doctor', '-n', restricted, '--debug-namespace', opsNamespace, '-o', 'json'];
    const said = JSON.parse((await start(asked).done).stdout) as { checks: { check: string }[] };
    expect(said.checks.find(({ check }) => check === 'way-in')).toMatchObject({
      status: 'warning',
      seen: expect.stringContaining(`only a pod on the node, in namespace ${opsNamespace}`) as string,
    });
    const { stdout } = await start([...fromNode, '--dry-run=server', '-o', 'yaml']).done;
    const [request] = parse(stdout) as { path: string; body: object }[];
    expect(request?.path).toBe(`/api/v1/namespaces/${opsNamespace}/pods?fieldManager=kubectl-netdebug`);
    const input = stringify(request?.body);
    const { stdout: created } = await cluster.tryKubectl(['create', '--dry-run=server', '-f', '-'], {
      input,
    });
    expect(created).toMatch(/^pod\/netdebug-[0-9a-f]{6} created \(server dry run\)/);
    expect(await debugPods()).toEqual([]);
  });

  test('Ctrl-C while the pod starts deletes it; kill -9 leaves one that captures nothing, and cleanup deletes it', async () => {
    await alone(async () => {
      const waiting = start([...fromNode, '--duration', '30s']);
      await said(waiting, 'creates pod');
      waiting.child.kill('SIGINT');
      const { exitStatus, stderr } = await waiting.done;
      expect([exitStatus, stderr]).toEqual([2, expect.stringMatching(/^error: [Ii]nterrupted/m) as string]);
      expect(await debugPods()).toEqual([]);

      const killed = start([...fromNode, '--duration', '30s']);
      await said(killed, 'Capturing on');
      const [name = ''] = await debugPods();
      const path = 'jsonpath={.metadata.uid} {.spec.activeDeadlineSeconds}';
      const [uid = '', deadline = ''] = (
        await cluster.kubectl(['get', 'pod', name, '-n', opsNamespace, '-o', path])
      ).split(' ');
      expect(Number(deadline)).toBeLessThan(300);
      expect(commandLinesIn(uid)).toContainEqual(expect.stringMatching(/^tcpdump /) as string);
      killed.child.kill('SIGKILL');
      await killed.done;
      await waitFor('tcpdump to end', async () => !commandLinesIn(uid).some((line) => /tcpdump/.test(line)));
      const swept = await start(['cleanup', '-n', opsNamespace]).done;
      expect(swept.stdout).toContain(`pod/${restricted}/client`);
      expect(await debugPods()).toEqual([]);
    });
  });
});

/** Command lines of a pod's processes: the nodes' processes are processes of this machine. */
function commandLinesIn(uid: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`pod${uid}`)) return [];
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()];
    } catch {
      return []; // it ended in between
    }
  });
}

describe('who refuses is named, and the pod is untouched', () => {
  test.each([
    [
      'a ValidatingAdmissionPolicy',
      byPolicy,
      `ValidatingAdmissionPolicy no-debug (binding no-debug-${namespace}) says: ask the platform team first`,
    ],
    [
      'a webhook',
      byWebhook,
      'the admission webhook house-rules.netdebug.example says: debug containers are forbidden by house rules',
    ],
  ])('%s', async (_, refusing, words) => {
    await alone(async () => {
      const before = await debugContainers(namespace, 'client');
      await refusing(namespace, async () => {
        const trace = ['trace', 'pod/client', '-n', namespace];
        await waitFor('admission to learn of it', async () => {
          const { stderr } = await start([...trace, '--dry-run=server']).done;
          return stderr.includes('nothing was added to it');
        });
        const { exitStatus, stderr } = await start(trace).done;
        expect([exitStatus, stderr]).toEqual([2, expect.stringContaining(words) as string]);
        expect(stderr).toContain('nothing was added to it');
        expect(stderr).toContain('--profile node');
      });
      expect(await debugContainers(namespace, 'client')).toEqual(before);
    });
  });
});

describe('a user with the Role that rbac prints', () => {
  const user = `system:serviceaccount:${opsNamespace}:on-call`;
  const kubeconfig = join(folder, 'on-call.kubeconfig');
  const traceAs = async (): Promise<{ exitStatus: number | null; stderr: string }> =>
    await start(
      ['trace', 'pod/client', '-n', namespace, '--duration', '1s', '--allow-empty', '--fail-on', 'never'],
      {
        env: { KUBECONFIG: kubeconfig },
      },
    ).done;

  test('and nothing else traces; without any one rule the refusal names exactly that', async () => {
    await alone(async () => {
      const token = await cluster.kubectl([
        'create',
        'token',
        '-n',
        opsNamespace,
        'on-call',
        '--duration=1h',
      ]);
      writeKubeconfig(kubeconfig, { token: token.trim() });
      const { stdout } = await start(['rbac', 'trace', '-n', namespace, '--for-user', user, '-o', 'json'])
        .done;
      await cluster.apply(stdout);
      const whole = await traceAs();
      expect(whole.stderr).not.toMatch(/^error/m);
      expect(whole.exitStatus).toBe(0);

      const list = JSON.parse(stdout) as {
        items: [{ rules: { resources: string[]; verbs: string[] }[] }, object];
      };
      const [role] = list.items;
      const { rules } = role;
      expect(rules).toHaveLength(3);
      const before = await debugContainers(namespace, 'client');
      for (const missing of rules) {
        await cluster.apply(JSON.stringify({ ...role, rules: rules.filter((rule) => rule !== missing) }));
        const [resource = ''] = missing.resources;
        const [kind = '', subresource = ''] = resource.split('/');
        const [verb = ''] = missing.verbs;
        await waitFor('the right to be gone', async () => {
          const args = [
            'auth',
            'can-i',
            verb,
            kind,
            `--subresource=${subresource}`,
            '-n',
            namespace,
            `--as=${user}`,
          ];
          return (await cluster.tryKubectl(args)).stdout.trim() === 'no';
        });
        const { exitStatus, stderr } = await traceAs();
        expect([resource, exitStatus]).toEqual([resource, 2]);
        for (const one of missing.verbs) expect(stderr).toContain(`"${one}" on ${resource}`);
        const others = rules.filter((rule) => rule !== missing).flatMap((rule) => rule.resources);
        for (const other of others) expect(stderr).not.toMatch(new RegExp(`" on ${other}\\b(?!/)`));
      }
      expect(await debugContainers(namespace, 'client')).toEqual(before);
    });
  });
});
