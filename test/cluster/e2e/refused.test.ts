import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cluster } from '../cluster.ts';
import { withLock } from '../lock.ts';
import { gatewayAddress } from '../nodes.ts';
import { report, start, type RunEnd } from './netdebug.ts';
import { debugContainers, idle, testNamespace, withPods } from './pods.ts';

/** No other test's traces of the same pods meanwhile. */
const alone = async (task: () => Promise<void>): Promise<void> => await withLock('scenario', task);
const trace = async (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<RunEnd> => await start(['trace', ...args], { env }).done;

/** The three parts that every refusal has. */
function expectRefusal({ exitStatus, stdout, stderr }: RunEnd): void {
  expect(stderr).toMatch(/^error: \S/m);
  expect(stderr).toMatch(/^ {2}why: \S/m);
  expect(stderr).toMatch(/^ {2}fix: \S/m);
  expect(stderr).not.toContain('not foreseen');
  expect([exitStatus, stdout]).toEqual([2, '']);
}

describe('Pod Security', () => {
  test('baseline: captures without asking for a capability', async () => {
    await alone(async () => {
      const before = await debugContainers('shop-baseline', 'client');
      const { report: found } = await report([
        'trace',
        'pod/client',
        '-n',
        'shop-baseline',
        '--duration',
        '4s',
      ]);
      expect(found.captures[0]?.packets).toBeGreaterThan(10);
      const after = await debugContainers('shop-baseline', 'client');
      const container = found.captures[0]?.container ?? '';
      // A patch may put the new entry anywhere in the list.
      expect(new Set(after)).toEqual(new Set([...before, container]));
      const path = `jsonpath={.spec.ephemeralContainers[?(@.name=="${container}")].securityContext}`;
      const context = JSON.parse(
        await cluster.kubectl(['get', 'pod', 'client', '-n', 'shop-baseline', '-o', path]),
      ) as object;
      expect(context).toMatchObject({ runAsUser: 0, allowPrivilegeEscalation: false });
      expect(context).not.toHaveProperty('capabilities');
    });
  });

  test('restricted: refused by name, and nothing is added', async () => {
    const end = await trace(['pod/client', '-n', 'shop-restricted', '--duration', '4s']);
    expectRefusal(end);
    expect(end.stderr).toContain('nothing was added to it');
    expect(end.stderr).toContain(
      'label pod-security.kubernetes.io/enforce=restricted of namespace shop-restricted',
    );
    expect(end.stderr).not.toContain('container "app"');
    expect(end.stderr).toContain(
      'kubectl label namespace shop-restricted pod-security.kubernetes.io/enforce=privileged --overwrite',
    );
    expect(end.stderr.match(/^error: /gm)).toHaveLength(1);
    expect(await debugContainers('shop-restricted', 'client')).toEqual([]);
  });
});

describe('missing rights', () => {
  const rules = [
    [
      'tracer-without-ephemeral',
      [{ apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] }],
    ],
    ['tracer-without-exec', [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] }]],
  ] as const;

  test.each(rules)('%s is told the rule', async (user, missing) => {
    await alone(async () => {
      const before = await debugContainers('shop', 'client');
      const end = await trace(['pod/client', '-n', 'shop', '--duration', '4s'], {
        KUBECONFIG: await cluster.kubeconfigFor(user),
      });
      expectRefusal(end);
      const indented = end.stderr.slice(end.stderr.indexOf('apiVersion: rbac'));
      const yaml = indented.replaceAll(/^ {7}/gm, '');
      expect(parse(yaml)).toEqual({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'netdebug', namespace: 'shop' },
        rules: missing,
      });
      // The API server takes it as it was printed.
      const applied = await cluster.tryKubectl(['apply', '--dry-run=server', '-f', '-'], { input: yaml });
      expect(applied.stdout).toContain('role.rbac.authorization.k8s.io/netdebug created');
      expect(await debugContainers('shop', 'client')).toEqual(before);
    });
  });

  test('tracer, who has these rights and no other, traces', async () => {
    await alone(async () => {
      const end = await trace(['pod/client', '-n', 'shop', '--duration', '1s', '-o', 'json'], {
        KUBECONFIG: await cluster.kubeconfigFor('tracer'),
      });
      expect(end.stdout).toContain('"schemaVersion"');
    });
  });
});

describe('what tired people type', () => {
  test('is refused with the way out, and adds nothing unless a container had to be asked', async () => {
    await withPods({ checkout: { node: 'node1', script: idle } }, async ({ checkout: { name } }) => {
      const refusals: readonly (readonly [readonly string[], readonly string[]])[] = [
        [
          ['pod/nothing-like-it', '-n', testNamespace],
          ['does not exist', 'kubectl get pods -A'],
        ],
        [
          ['pod/checkout', '-n', testNamespace],
          ['some begin with it', `kubectl netdebug trace pod/${name} -n ${testNamespace}`],
        ],
        [
          [`pod/${name}`, '-n', 'no-such-namespace'],
          ['namespace no-such-namespace does not exist', `trace pod/${name} -n ${testNamespace}`],
        ],
        [[`pod/${name}`, '-n', 'kube-system'], [`trace pod/${name} -n ${testNamespace}`]],
        [
          [name, '-n', testNamespace],
          ['it has no type', `pod/${name}`],
        ],
        [
          [`pod/${name}`, '-n', testNamespace, '--filter', '“port 80”'],
          ['U+201C', "--filter 'port 80'"],
        ],
        [
          [`pod/${name}`, '-n', testNamespace, '--duration', '5 minutes'],
          ['5 minutes', '5m'],
        ],
        [
          [`pod/${name}`, '-n', testNamespace, '--image', 'not an image'],
          ['is not an image', '--image'],
        ],
        [
          ['pod/client', '-n', testNamespace, '--context', 'nowhere'],
          ['nowhere', 'kubectl config view'],
        ],
      ];
      for (const [args, words] of refusals) {
        const end = await trace(args);
        expectRefusal(end);
        for (const word of words) expect(end.stderr).toContain(word);
      }
      expect(await debugContainers(testNamespace, name)).toEqual([]);
      const inContainer: readonly (readonly [readonly string[], readonly string[]])[] = [
        [
          ['--filter', 'tcp prot 80'],
          ['syntax error', 'pcap-filter(7)'],
        ],
        [['--filter', 'tcp and udp and src port 1 and src port 2 and vlan 1 and arp'], ['pcap-filter(7)']],
        [
          ['-i', 'nosuch'],
          ['"nosuch" does not exist', 'it has: lo, eth0'],
        ],
      ];
      for (const [flags, words] of inContainer) {
        const end = await trace([`pod/${name}`, '-n', testNamespace, ...flags]);
        expectRefusal(end);
        for (const word of words) expect(end.stderr).toContain(word);
      }
      expect(await debugContainers(testNamespace, name)).toHaveLength(1);
    });
  });

  test('an image that cannot be pulled is named, with the kubelet’s reason', async () => {
    await withPods({ checkout: { node: 'node1', script: idle } }, async ({ checkout: { name } }) => {
      // The API server is no registry, and no authority of the node has signed its certificate.
      const image = `${gatewayAddress}:6443/nope:1`;
      const end = await trace([`pod/${name}`, '-n', testNamespace, '--image', image]);
      expectRefusal(end);
      expect(end.stderr).toMatch(/ErrImagePull|ImagePullBackOff/);
      expect(end.stderr).toContain(image);
      expect(end.stderr).toContain('--image REGISTRY/netshoot:TAG');
    });
  });
});
