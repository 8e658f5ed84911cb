import { describe, expect, test } from 'vitest';
import { describePlan, planDebugContainer } from '../../src/capture/ladder.ts';
import type { PlanOptions } from '../../src/capture/ladder.ts';
import { holdsAddress } from '../../src/capture/pod-network.ts';
import { runCommand } from '../../src/capture/run-command.ts';
import { enterPlace } from '../../src/capture/start-container.ts';
import type { Place } from '../../src/target/place.ts';
import type { PodObject } from '../../src/target/pod-object.ts';
import { statusObject } from '../kube/fake-api-server.ts';
import { startNodeServer } from './fake-node-server.ts';
import type { NodeServer, NodeServerOptions } from './fake-node-server.ts';

const uid = '0a1b2c3d-1111-2222-3333-444455556666';
const pod: PodObject = {
  metadata: { name: 'client', namespace: 'shop', uid },
  spec: { nodeName: 'node1', imagePullSecrets: [{ name: 'mirror' }] },
  status: { phase: 'Running', podIPs: [{ ip: '10.244.1.5' }] },
};
const inPod: Place = { kind: 'pod', pod, asked: 'pod/client' };
const onNode: Place = {
  kind: 'node',
  node: {
    metadata: { name: 'node1' },
    status: {
      addresses: [
        { type: 'InternalIP', address: '172.30.0.11' },
        { type: 'Hostname', address: 'node1' },
      ],
    },
  },
  asked: 'node/node1',
};
const options: PlanOptions = { image: 'x.example/netshoot:v1', durationMs: 30_000, profile: 'node' };
const quiet = (): void => undefined;

async function planned(server: NodeServer, place: Place = inPod, more: Partial<PlanOptions> = {}) {
  const plan = await planDebugContainer(server.api, place, { ...options, ...more });
  if (plan.kind !== 'node-pod') throw new Error(`not a node debug pod but ${plan.kind}`);
  return plan;
}

test('the pod is planned where a dry run admits it, bounded, labelled, and nothing is created', async () => {
  await using server = await startNodeServer();
  const plan = await planned(server);
  expect(server).toMatchObject({ tried: ['shop'], created: [], deleted: [] });
  expect(plan.body).toMatchObject({
    kind: 'Pod',
    metadata: {
      namespace: 'shop',
      labels: { 'app.kubernetes.io/managed-by': 'kubectl-netdebug' },
      annotations: { 'kubectl-netdebug/owner': 'jane', 'kubectl-netdebug/target': 'pod/shop/client' },
    },
    spec: {
      nodeName: 'node1',
      hostPID: true,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 190,
      tolerations: [{ operator: 'Exists' }],
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: 'mirror' }],
      containers: [{ securityContext: { privileged: true } }],
    },
  });
  expect(plan.body.spec).not.toHaveProperty('volumes');
  expect(plan.body.spec).not.toHaveProperty('hostNetwork');
  expect(describePlan(plan)).toMatch(
    /^creates pod shop\/netdebug-[0-9a-f]{6} .* on node node1 to capture pod\/shop\/client; it is deleted afterwards/,
  );
});

test.each([
  ['a node', onNode],
  ["a pod in its node's network", { ...inPod, pod: { ...pod, spec: { ...pod.spec, hostNetwork: true } } }],
] as const)('%s needs no privileged pod: its network is joined', async (_, place) => {
  await using server = await startNodeServer();
  const { body } = await planned(server, place, { profile: place.kind === 'node' ? 'auto' : 'node' });
  expect(body.spec).toMatchObject({
    hostNetwork: true,
    containers: [
      { securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ['NET_RAW'] } } },
    ],
  });
  expect(body.spec).not.toHaveProperty('hostPID');
  expect(JSON.stringify(body)).not.toContain('privileged');
});

describe('the namespace', () => {
  const onlyIn =
    (...admitting: string[]): NonNullable<NodeServerOptions['refuse']> =>
    (namespace) =>
      admitting.includes(namespace)
        ? undefined
        : statusObject(
            403,
            'Forbidden',
            `pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true), privileged (container "x" must not set securityContext.privileged=true)`,
          );

  test("is the pod's own, else netdebug", async () => {
    await using server = await startNodeServer({ refuse: onlyIn('netdebug') });
    expect(await planned(server)).toMatchObject({ namespace: 'netdebug' });
    expect(server.tried).toEqual(['shop', 'netdebug']);
  });

  test('is the one that the user named and no other', async () => {
    await using server = await startNodeServer({ refuse: onlyIn('netdebug') });
    await expect(planned(server, inPod, { debugNamespace: 'ops' })).rejects.toMatchObject({
      what: 'No namespace takes a debug pod for pod/shop/client; nothing was created',
      why: 'in namespace ops: Pod Security "baseline:latest" forbids it: host namespaces (hostPID=true), privileged',
    });
    expect(server.tried).toEqual(['ops']);
  });

  test('is kube-system only if it was named', async () => {
    await using server = await startNodeServer({ refuse: onlyIn('kube-system') });
    const system: Place = {
      ...inPod,
      pod: { ...pod, metadata: { ...pod.metadata, namespace: 'kube-system' } },
    };
    await expect(planned(server, system)).rejects.toMatchObject({
      fix: expect.stringContaining('kube-system is used only if it is named') as string,
    });
    expect(server.tried).toEqual(['netdebug']);
    expect(await planned(server, system, { debugNamespace: 'kube-system' })).toMatchObject({
      namespace: 'kube-system',
    });
  });

  test('without a right is passed over, and the right named', async () => {
    await using server = await startNodeServer({
      forbidden: (right, namespace) => right === 'create pods' && namespace === 'shop',
    });
    expect(await planned(server)).toMatchObject({ namespace: 'netdebug' });
    await expect(planned(server, inPod, { debugNamespace: 'shop' })).rejects.toMatchObject({
      why: 'in namespace shop: your user lacks the right "create" on pods there',
    });
  });
});

test.each([
  ['fargate', { 'eks.amazonaws.com/compute-type': 'fargate' }, 'it is AWS Fargate'],
  ['virtual-kubelet', { type: 'virtual-kubelet' }, 'it is a virtual node (virtual-kubelet)'],
])('a %s node is refused by name', async (_, nodeLabels, why) => {
  await using server = await startNodeServer({ nodeLabels });
  await expect(planned(server)).rejects.toMatchObject({ why: expect.stringContaining(why) as string });
  expect(server.tried).toEqual([]);
});

test('a Windows node is refused by name', async () => {
  await using server = await startNodeServer();
  const node = { metadata: { name: 'win1' }, status: { nodeInfo: { operatingSystem: 'windows' } } };
  await expect(planned(server, { kind: 'node', node, asked: 'node/win1' })).rejects.toMatchObject({
    why: 'it runs Windows, and there is no tcpdump for it',
  });
});

describe("the pod's network", () => {
  test('is found by the cgroups, in both spellings, and entered before every program', async () => {
    await using server = await startNodeServer();
    await using place = await enterPlace(server.api, await planned(server), quiet);
    const search = server.commands.find((command) => command.join(' ').includes('grep -ls')) ?? [];
    expect(search.slice(-2)).toEqual([`pod${uid}`, `pod${uid.replaceAll('-', '_')}`]);
    expect(place).toMatchObject({
      namespace: 'shop',
      node: 'node1',
      hostNetwork: false,
      addresses: ['10.244.1.5'],
      root: '/proc/900/root',
    });
    await runCommand(server.api, place, ['cat', '/proc/net/dev']);
    expect(server.commands.at(-1)).toEqual([...place.enter, 'cat', '/proc/net/dev']);
    expect(place.enter.slice(-2)).toEqual(['900', 'net:[4026532100]']);
  });

  test('of a static pod goes by the hash of its file', async () => {
    await using server = await startNodeServer();
    const annotations = { 'kubernetes.io/config.hash': '55d20a64ba9b9ebb0bc5a6bd2c1dbb05' };
    const mirror: Place = { ...inPod, pod: { ...pod, metadata: { ...pod.metadata, annotations } } };
    await using _ = await enterPlace(server.api, await planned(server, mirror), quiet);
    expect(server.commands.flat()).toContain('pod55d20a64ba9b9ebb0bc5a6bd2c1dbb05');
  });

  test("is the one that has the pod's address, not that of a container in a container", async () => {
    // The lowest number is that of a process which started late and may be gone by now.
    const processes = '31 net:[1] 9\n40 net:[4026532100] 7000\n900 net:[4026532100] 5000\n';
    await using server = await startNodeServer({ processes });
    await using place = await enterPlace(server.api, await planned(server), quiet);
    expect(place.root).toBe('/proc/900/root');
  });

  test.each([
    ['no process is found', { processes: '' }, 'no process of its node belongs to it'],
    ['none has its address', { addresses: { '900': ['10.244.1.6'] } }, 'has its address 10.244.1.5'],
  ])('is not guessed when %s, and the debug pod is deleted', async (_, more, why) => {
    await using server = await startNodeServer(more);
    await expect(enterPlace(server.api, await planned(server), quiet)).rejects.toMatchObject({
      what: 'The network of pod shop/client was not found on node node1',
      why: expect.stringContaining(why) as string,
    });
    expect(server.deleted).toEqual(server.created.map((one) => one.metadata.name));
    expect(server.deleted).toHaveLength(1);
  });
});

test('an image that lacks a program is told as such', async () => {
  await using server = await startNodeServer({ stderr: 'sh: 1: exec: nsenter: not found\n' });
  await expect(enterPlace(server.api, await planned(server), quiet)).rejects.toMatchObject({
    what: 'The image x.example/netshoot:v1 cannot enter the network of a pod',
    why: 'it has no nsenter',
  });
});

test.each([
  ['10.244.1.5', '        |-- 10.244.1.5\n           /32 host LOCAL\n', true],
  ['10.244.1.5', '        |-- 10.244.1.50\n           /32 host LOCAL\n', false],
  ['10.244.1.5', '        |-- 10.244.1.5\n           /24 link UNICAST\n', false],
  ['fd00::1:5', 'fd000000000000000000000000010005 02 40 00 80 eth0\n', true],
  ['fd00::1:5', 'fd000000000000000000000000010006 02 40 00 80 eth0\n', false],
])('address %s in %j: %s', (address, tables, expected) => {
  expect(holdsAddress(tables, address)).toBe(expected);
});

test('a webhook that takes no dry run refuses the pod itself, and is named', async () => {
  let answers = 0;
  const message = 'admission webhook "v.example" does not support dry run';
  await using server = await startNodeServer({
    refuse: () =>
      answers++ === 0
        ? statusObject(400, 'BadRequest', message)
        : statusObject(403, 'Forbidden', 'admission webhook "v.example" denied the request: no'),
  });
  await expect(enterPlace(server.api, await planned(server), quiet)).rejects.toMatchObject({
    what: 'No debug pod for pod/shop/client could be created in namespace shop',
    why: 'the admission webhook v.example says: no',
  });
});

describe('the debug pod is deleted', () => {
  test('when the place is left, and a node is told by its addresses', async () => {
    await using server = await startNodeServer();
    {
      await using place = await enterPlace(server.api, await planned(server, onNode), quiet);
      expect(place).toMatchObject({ hostNetwork: true, addresses: ['172.30.0.11'], enter: [], root: '' });
      expect(server.deleted).toEqual([]);
    }
    expect(server.deleted).toEqual(server.created.map((one) => one.metadata.name));
  });

  test('when its image cannot be had, with the reason', async () => {
    const waiting = { reason: 'ErrImagePull', message: 'unexpected status: 401 Unauthorized' };
    await using server = await startNodeServer({ state: { waiting } });
    await expect(enterPlace(server.api, await planned(server), quiet)).rejects.toMatchObject({
      why: expect.stringContaining('401 Unauthorized') as string,
      fix: expect.stringContaining("the pod's own imagePullSecrets, which are mirror") as string,
    });
    expect(server.deleted).toHaveLength(1);
  });

  test('when the user does not wait for it', async () => {
    await using server = await startNodeServer({ state: { waiting: { reason: 'ContainerCreating' } } });
    const stop = new AbortController();
    const entering = enterPlace(server.api, await planned(server), () => stop.abort(), {
      signal: stop.signal,
    });
    await expect(entering).rejects.toMatchObject({ what: expect.stringMatching(/^Interrupted/) as string });
    expect(server.deleted).toHaveLength(1);
  });
});

test.each([
  ['exec format error', 'RunContainerError', 'the processor of node node1'],
  ['no match for platform in manifest', 'ErrImagePull', 'the processor of node node1'],
])('an image for another processor is told as such: %s', async (message, reason, fix) => {
  await using server = await startNodeServer({ state: { waiting: { reason, message } } });
  await expect(enterPlace(server.api, await planned(server), quiet)).rejects.toMatchObject({
    fix: expect.stringContaining(fix) as string,
  });
});

test('--dry-run=client asks nothing of admission', async () => {
  await using server = await startNodeServer();
  expect(await planned(server, inPod, { dryRun: 'client' })).toMatchObject({ namespace: 'shop' });
  expect(server.tried).toEqual([]);
});
