import { afterEach, expect, test } from 'vitest';
import { describePlan, planDebugContainer, type PlanOptions } from '../../src/capture/ladder.ts';
import { ownViolations } from '../../src/capture/refusal.ts';
import { enterPlace } from '../../src/capture/start-container.ts';
import type { Place } from '../../src/target/place.ts';
import type { PodObject } from '../../src/target/pod-object.ts';
import { type FakeAnswer, statusObject } from '../kube/fake-api-server.ts';
import { type PodServer, type PodServerOptions, runningPod, startPodServer } from './fake-pod-server.ts';

const options = { image: 'registry.example/netshoot:v1', durationMs: 30_000 };
let pods: PodServer;
afterEach(() => pods.server.close());

const podPlace = (pod: PodObject): Place => ({ kind: 'pod', pod, asked: 'pod/client' });

async function plan(serverOptions: PodServerOptions, more: Partial<PlanOptions> = {}) {
  pods = await startPodServer(serverOptions);
  return await planDebugContainer(pods.api, podPlace(serverOptions.pod ?? runningPod), {
    ...options,
    ...more,
  });
}

const baseline = (name: string): string =>
  `pods "client" is forbidden: violates PodSecurity "baseline:latest": non-default capabilities (container "${name}" must not include "NET_RAW" in securityContext.capabilities.add)`;

test('the first rung that passes a dry run is planned, and nothing is added by planning', async () => {
  const made = await plan({});
  expect(made).toMatchObject({ kind: 'add', rung: 'net-raw' });
  expect(pods.added).toEqual([]);
  expect(pods.dryRuns).toHaveLength(1);
  expect(pods.dryRuns[0]).toMatchObject({
    image: options.image,
    securityContext: {
      runAsUser: 0,
      runAsNonRoot: false,
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_RAW'] },
    },
  });
  expect(describePlan(made)).toMatch(
    /^adds container netdebug-[0-9a-f]{6} .* to pod shop\/client; .* payload may hold secrets$/,
  );
});

test('where NET_RAW may not be added, the second rung is tried', async () => {
  const made = await plan({
    refuse: (spec) =>
      spec.securityContext.capabilities === undefined
        ? undefined
        : statusObject(403, 'Forbidden', baseline(spec.name)),
  });
  expect(made).toMatchObject({ kind: 'add', rung: 'runtime-default' });
});

test('a webhook that takes no dry run is no refusal', async () => {
  const made = await plan({
    refuse: () =>
      statusObject(400, 'BadRequest', 'admission webhook "policy.example" does not support dry run'),
  });
  expect(made).toMatchObject({ kind: 'add', rung: 'net-raw' });
});

test('a refusal names level, label and namespace, quotes only our container, and nothing was added', async () => {
  const attempt = plan({
    namespaceLabels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    refuse: (spec) =>
      statusObject(
        403,
        'Forbidden',
        `pods "client" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (containers "app", "${spec.name}" must set securityContext.capabilities.drop=["ALL"]), runAsUser=0 (container "${spec.name}" must not set runAsUser=0)`,
      ),
  });
  await expect(attempt).rejects.toMatchObject({
    name: 'UserError',
    what: expect.stringContaining('nothing was added') as string,
    why: expect.stringMatching(
      /^Pod Security "restricted:latest" \(label pod-security\.kubernetes\.io\/enforce=restricted of namespace shop\) forbids it: unrestricted capabilities \(container "netdebug-[0-9a-f]{6}" must set securityContext\.capabilities\.drop=\["ALL"\]\), runAsUser=0 \(container "netdebug-[0-9a-f]{6}" must not set runAsUser=0\)$/,
    ) as string,
  });
  expect(pods.added).toEqual([]);
});

test('a refusal that is only about the pod itself says so', () => {
  expect(
    ownViolations(
      'host namespaces (hostNetwork=true), privileged (container "app" must not set securityContext.privileged=true)',
      'netdebug-1',
    ),
  ).toBe('');
});

test('a refusing webhook is named', async () => {
  await expect(
    plan({
      refuse: () =>
        statusObject(
          403,
          'Forbidden',
          'admission webhook "validate.kyverno.svc" denied the request: no ephemeral containers',
        ),
    }),
  ).rejects.toMatchObject({
    name: 'UserError',
    why: expect.stringContaining(
      'the admission webhook validate.kyverno.svc says: no ephemeral containers',
    ) as string,
  });
});

test('two who refuse for different reasons are both quoted', async () => {
  const attempt = plan({
    refuse: (spec) =>
      spec.securityContext.capabilities === undefined
        ? statusObject(403, 'Forbidden', 'admission webhook "v.example" denied the request: not here')
        : statusObject(403, 'Forbidden', baseline(spec.name)),
  });
  await expect(attempt).rejects.toMatchObject({
    why: [
      'with NET_RAW: Pod Security "baseline:latest" forbids it: non-default capabilities',
      'without: the admission webhook v.example says: not here',
    ].join('\n'),
  });
});

test.each([
  ['net-raw', ['net-raw']],
  ['baseline', ['runtime-default']],
] as const)('--profile %s tries that form and no other', async (profile, [rung]) => {
  expect(await plan({}, { profile })).toMatchObject({ rung });
  await pods.server.close();
  const refuse = (): FakeAnswer => statusObject(403, 'Forbidden', 'no');
  await expect(plan({ refuse }, { profile })).rejects.toMatchObject({ name: 'UserError' });
  expect(pods.asked).toHaveLength(1);
});

test('a debug container is pulled as the user says', async () => {
  expect(await plan({}, { imagePullPolicy: 'Never' })).toMatchObject({ spec: { imagePullPolicy: 'Never' } });
});

test('a virtual node is named, and nothing is tried there', async () => {
  await expect(plan({ nodeLabels: { type: 'virtual-kubelet' } })).rejects.toMatchObject({
    why: 'its node node1 is a virtual node (virtual-kubelet): no debug container runs there',
  });
  expect(pods.dryRuns).toEqual([]);
});

test('a container that does not start on Fargate is told with that', async () => {
  const made = await plan({ state: {}, nodeLabels: { 'eks.amazonaws.com/compute-type': 'fargate' } });
  await expect(enterPlace(pods.api, made, () => undefined, { timeoutMs: 300 })).rejects.toMatchObject({
    why: expect.stringContaining('its node is AWS Fargate') as string,
  });
});

test('a cluster without ephemeral containers is told as such', async () => {
  await expect(
    plan({ refuse: () => statusObject(404, 'NotFound', 'the server could not find the requested resource') }),
  ).rejects.toMatchObject({ what: 'This cluster has no ephemeral containers' });
});

test.each([
  [['patch pods/ephemeralcontainers'], '34', ['resources: ["pods/ephemeralcontainers"]', 'verbs: ["patch"]']],
  [['get pods/exec', 'create pods/exec'], '34', ['resources: ["pods/exec"]', 'verbs: ["get", "create"]']],
  [['create pods/exec'], '35+', ['resources: ["pods/exec"]', 'verbs: ["create"]']],
] as const)(
  'without the right to %j on 1.%s the missing rule is printed',
  async (forbidden, minor, expected) => {
    const error = await plan({ forbidden, minor }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'UserError' });
    for (const line of ['kind: Role', '  namespace: shop', ...expected])
      expect((error as { fix: string }).fix).toContain(line);
    expect(pods.dryRuns).toEqual([]);
  },
);

test('before 1.35 the right to create on pods/exec is not needed', async () => {
  expect(await plan({ forbidden: ['create pods/exec'], minor: '34' })).toMatchObject({ kind: 'add' });
});

const withOurs = (ageMinutes: number, image = options.image): PodObject => ({
  ...runningPod,
  spec: {
    ephemeralContainers: [
      { name: 'netdebug-aaaaaa', image, env: [{ name: 'NETDEBUG_TTL_SECONDS', value: '1800' }] },
      { name: 'netdebug-bbbbbb', image },
      { name: 'debugger-x', image },
    ],
  },
  status: {
    phase: 'Running',
    ephemeralContainerStatuses: [
      {
        name: 'netdebug-aaaaaa',
        state: { running: { startedAt: new Date(Date.now() - ageMinutes * 60_000).toISOString() } },
      },
      { name: 'netdebug-bbbbbb', state: { terminated: { exitCode: 0 } } },
    ],
  },
});

test('a running container of ours is used again, and the ended ones are counted', async () => {
  const made = await plan({ pod: withOurs(5) });
  expect(made).toMatchObject({
    kind: 'reuse',
    container: { container: 'netdebug-aaaaaa' },
    inert: ['netdebug-bbbbbb'],
  });
  expect(describePlan(made)).toContain('1 ended one is still listed');
});

test.each([
  ['has too little time left', { pod: withOurs(29) }],
  ['has another image', { pod: withOurs(5, 'other') }],
  ['lacks NET_RAW', { pod: withOurs(5), effectiveCapabilities: '0000000000000000' }],
] as const)('a container of ours that %s is not used again', async (_, serverOptions) => {
  expect(await plan(serverOptions)).toMatchObject({ kind: 'add' });
});

test('a plan is carried out until the container runs', async () => {
  const made = await plan({});
  const container = await enterPlace(pods.api, made, () => undefined);
  expect(pods.added).toHaveLength(1);
  expect(container).toMatchObject({
    namespace: 'shop',
    pod: 'client',
    node: 'node1',
    addresses: ['10.244.1.5'],
  });
});

test.each([
  ['ImagePullBackOff', 'Back-off pulling image'],
  // What a registry will say again is not waited for.
  ['ErrImagePull', 'failed to resolve reference: unexpected status: 401 Unauthorized'],
])(
  'an image that cannot be pulled is told with the last event and the way out: %s',
  async (reason, message) => {
    const made = await plan({ state: { waiting: { reason, message } } });
    await expect(enterPlace(pods.api, made, () => undefined)).rejects.toMatchObject({
      name: 'UserError',
      why: `${reason}: ${message}; last event: Failed: manifest unknown`,
      fix: expect.stringContaining('--image') as string,
    });
  },
);

test('a runtime that does not grant NET_RAW is found before the capture', async () => {
  const made = await plan({ effectiveCapabilities: '00000000a80405fb' });
  await expect(enterPlace(pods.api, made, () => undefined)).rejects.toMatchObject({
    name: 'UserError',
    what: expect.stringContaining('may not capture') as string,
  });
});

test.each([
  ['a pull that may succeed the next time', 'dial tcp: connection refused'],
  ['an image whose name sounds like a refusal', 'failed to pull x.example/denied:1: time-out'],
])('%s is waited for', async (_, message) => {
  await plan({ state: { waiting: { reason: 'ErrImagePull', message } } });
  const made = await planDebugContainer(pods.api, podPlace(runningPod), {
    ...options,
    image: 'x.example/denied:1',
  });
  await expect(enterPlace(pods.api, made, () => undefined, { timeoutMs: 300 })).rejects.toMatchObject({
    why: expect.stringContaining('after 0 s') as string,
  });
});

test.each([
  ['deleted', { uid: 'u1', deletionTimestamp: '2026-01-01T00:00:00Z' }, 'kubectl get pods -n shop'],
  ['replaced', { uid: 'u2' }, 'kubectl netdebug trace pod/client -n shop'],
])('a pod that is %s while the container starts is said to be', async (what, metadata, fix) => {
  await plan({ pod: { ...runningPod, metadata: { ...runningPod.metadata, ...metadata } } });
  const made = await planDebugContainer(pods.api, podPlace(runningPod), options);
  await expect(enterPlace(pods.api, made, () => undefined)).rejects.toMatchObject({
    what: `Pod shop/client was ${what} while the debug container started`,
    fix: expect.stringContaining(fix) as string,
  });
});

test('a kubelet that says nothing is named', async () => {
  const made = await plan({ state: {} });
  await expect(enterPlace(pods.api, made, () => undefined, { timeoutMs: 300 })).rejects.toMatchObject({
    why: expect.stringContaining('the kubelet of node node1 has not taken it up after') as string,
  });
});

test('a container that never runs is given up after the time-out', async () => {
  const made = await plan({ state: { waiting: { reason: 'ContainerCreating' } } });
  const states: string[] = [];
  await expect(
    enterPlace(pods.api, made, (state) => states.push(state), { timeoutMs: 300 }),
  ).rejects.toMatchObject({
    name: 'UserError',
    why: expect.stringContaining('ContainerCreating after') as string,
  });
  expect(states).toEqual(['waiting for the container: ContainerCreating']);
});
