import { describe, expect, test } from 'vitest';
import type { Diagnosis, DoctorContext } from '../../src/doctor/check.ts';
import { examine } from '../../src/doctor/examine.ts';
import { checks, networkChecks } from '../../src/doctor/index.ts';
import type { NodeObject } from '../../src/target/place.ts';
import { statusObject } from '../kube/fake-api-server.ts';
import { type FakeCluster, image, linuxNode, podOn, serveCluster, well } from './fake-cluster.ts';

/** What the checks of the network look at, which have tests of their own. */
const unread: Pick<DoctorContext, 'facts' | 'nodeNetworks'> = {
  facts: async () => await Promise.reject(new Error('the network is not looked at')),
  nodeNetworks: async () => null,
};

/** What one check says of a cluster; a doctor who changes something is none. */
async function ask(
  id: string,
  cluster: FakeCluster,
  more: Partial<DoctorContext> = {},
): Promise<Diagnosis[]> {
  await using served = await serveCluster(cluster);
  const { api } = served;
  const nodes = async (): Promise<NodeObject[]> => await api.list<NodeObject>('/api/v1/nodes');
  const context = { api, namespaces: ['shop'], image, debugNamespace: undefined, nodes, ...unread, ...more };
  const found = await examine(
    context,
    checks.filter((check) => check.id === id),
  );
  expect(served.changes).toEqual([]);
  return [...found];
}

const podSecurity = (level: string, what: string) => () =>
  statusObject(
    403,
    'Forbidden',
    `pods "client" is forbidden: violates PodSecurity "${level}:latest": ${what}`,
  );
const noNetRaw: FakeCluster['refuse'] = (_, body) =>
  body.includes('NET_RAW')
    ? podSecurity('baseline', 'non-default capabilities (container "c" must not include "NET_RAW")')()
    : undefined;

const accessChecks = checks.filter(({ id }) => !networkChecks.has(id));

test('a registered check is named as its file, once', () => {
  const ids = checks.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

test.each(accessChecks.map(({ id }) => [id]))('%s is content with a cluster that is well', async (id) => {
  const found = await ask(id, {
    ...well,
    nodes: [
      {
        ...linuxNode('node1'),
        status: {
          images: [{ names: [image] }],
          nodeInfo: { operatingSystem: 'linux', architecture: 'arm64' },
        },
      },
    ],
  });
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(found.every(({ fix }) => fix === '')).toBe(true);
});

test.each([
  [{ major: '1', minor: '22', gitVersion: 'v1.22.0' }, 'failed'],
  [{ major: '1', minor: '24+', gitVersion: 'v1.24.9-eks' }, 'warning'],
  [{ major: '1', minor: '25', gitVersion: 'v1.25.0' }, 'ok'],
  [{}, 'unknown'],
])('version %j: %s', async (version, status) => {
  expect(await ask('version', { ...well, version })).toMatchObject([{ status }]);
});

describe('rights', () => {
  test('that a trace needs fail when they are missing, with the command that prints the Role', async () => {
    expect(
      await ask('rights', { ...well, forbidden: (right) => right === 'patch pods/ephemeralcontainers' }),
    ).toMatchObject([
      {
        status: 'failed',
        seen: 'you may not trace: you lack "patch" on pods/ephemeralcontainers',
        fix: expect.stringContaining('kubectl netdebug rbac trace -n shop') as string,
      },
    ]);
  });

  test('that add to a trace are a warning: what for, and which', async () => {
    const forbidden: FakeCluster['forbidden'] = (right, namespace) =>
      (right === 'create pods' && namespace === 'netdebug') || right === 'list nodes';
    const [found] = await ask('rights', { ...well, forbidden });
    expect(found).toMatchObject({
      status: 'warning',
      seen: 'you may trace pods; you lack rights for node ("create" on pods); causes ("list" on nodes)',
    });
  });
});

test('who has rights in the whole cluster is not asked about each namespace', async () => {
  await using served = await serveCluster(well);
  const { api } = served;
  const context = {
    api,
    namespaces: ['a', 'b', 'c'],
    image,
    debugNamespace: undefined,
    nodes: async () => [],
    ...unread,
  };
  const found = await examine(
    context,
    checks.filter(({ id }) => id === 'rights'),
  );
  expect(found.map(({ subject, status }) => [subject, status])).toEqual([
    ['namespace a', 'ok'],
    ['namespace b', 'ok'],
    ['namespace c', 'ok'],
  ]);
  expect(new Set(served.asked)).toEqual(new Set(['', 'kube-system', 'netdebug']));
});

test.each([
  [{}, 'ok', 'no label'],
  [{ 'pod-security.kubernetes.io/enforce': 'privileged' }, 'ok', 'admits all'],
  [{ 'pod-security.kubernetes.io/enforce': 'baseline' }, 'ok', 'without added capabilities'],
  [{ 'pod-security.kubernetes.io/enforce': 'restricted' }, 'warning', 'admits no debug container'],
])('pod-security %j: %s', async (labels, status, seen) => {
  const found = await ask('pod-security', { ...well, namespaces: { shop: labels } });
  expect(found).toMatchObject([{ status, seen: expect.stringContaining(seen) as string }]);
});

describe('admission', () => {
  const hook = (rule: object, more: object = {}): object => ({
    webhooks: [
      {
        name: 'v.example',
        sideEffects: 'None',
        failurePolicy: 'Fail',
        rules: [{ apiGroups: [''], operations: ['*'], ...rule }],
        ...more,
      },
    ],
  });

  test.each([
    ['of subresources', { resources: ['pods/ephemeralcontainers'] }, {}, 'ok', 'sees debug containers;'],
    ['of everything', { resources: ['*/*', '*'] }, {}, 'warning', 'exec cannot be tried by a dry run'],
    [
      'of new pods',
      { resources: ['*'], operations: ['CREATE'] },
      { failurePolicy: 'Ignore' },
      'ok',
      'they are admitted',
    ],
    ['without dry runs', { resources: ['pods'] }, { sideEffects: 'Some' }, 'warning', 'it takes no dry runs'],
  ])('names a webhook %s', async (_, rule, more, status, seen) => {
    const found = await ask('admission', { ...well, validating: [hook(rule, more)] });
    expect(found).toMatchObject([
      { subject: 'webhook v.example', status, seen: expect.stringContaining(seen) as string },
    ]);
  });

  test.each([
    ['of deployments', { resources: ['deployments'] }],
    ['of the status of pods', { resources: ['pods/status'] }],
    ['of deletions', { resources: ['pods'], operations: ['DELETE'] }],
    ['of another group', { resources: ['*/*'], apiGroups: ['apps'] }],
  ])('does not care for a webhook %s', async (_, rule) => {
    expect(await ask('admission', { ...well, mutating: [hook(rule)] })).toMatchObject([
      { subject: '', status: 'ok' },
    ]);
  });

  test('names policies', async () => {
    const resourceRules = [{ apiGroups: [''], operations: ['UPDATE'], resources: ['pods/*'] }];
    const policies = [{ metadata: { name: 'no-debug' }, spec: { matchConstraints: { resourceRules } } }];
    expect(await ask('admission', { ...well, policies })).toMatchObject([{ subject: 'policy no-debug' }]);
  });
});

describe('machines', () => {
  test('that cannot be captured on are named', async () => {
    const nodes = [
      linuxNode('a', { architecture: 'arm64' }),
      linuxNode('b', { operatingSystem: 'windows' }),
      linuxNode('c', {}, { 'eks.amazonaws.com/compute-type': 'fargate' }),
      linuxNode('d', {}, { type: 'virtual-kubelet' }),
      linuxNode('e', { architecture: 's390x' }),
    ];
    const found = await ask('machines', { ...well, nodes });
    expect(found.map(({ subject, status }) => [subject, status])).toEqual([
      ['', 'ok'],
      ['node b', 'warning'],
      ['node c', 'warning'],
      ['node d', 'warning'],
      ['node e', 'warning'],
    ]);
    expect(found[0]?.seen).toContain('amd64, arm64, s390x; the image must be built for each of them');
    expect(found[2]?.seen).toContain('AWS Fargate');
  });
});

describe('image', () => {
  const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
  const holding = (name: string, ...names: string[]): object => ({
    metadata: { name },
    status: { images: [{ names }] },
  });
  const at = (letter: string): string => `x.example/netshoot@${digest(letter)}`;

  test('by digest is what the nodes have', async () => {
    const nodes = [holding('a', image, at('1')), holding('b', at('1'), image)];
    const found = await ask('image', { ...well, nodes });
    expect(found.map(({ status, seen }) => [status, seen])).toEqual([
      ['ok', `${image} is on all 2 nodes`],
      ['ok', `where it is, it is ${at('1')}`],
    ]);
  });

  test('that is missing is unknown, for a kubelet does not list everything', async () => {
    const found = await ask('image', { ...well, nodes: [holding('a', image), holding('b', 'other')] });
    expect(found).toMatchObject([
      { status: 'unknown', seen: expect.stringContaining('not listed on 1 of 2 nodes (b)') as string },
    ]);
  });

  test('that is another one elsewhere is a warning', async () => {
    const nodes = [holding('a', image, at('1')), holding('b', image, at('2'))];
    expect((await ask('image', { ...well, nodes }))[1]).toMatchObject({
      status: 'warning',
      seen: expect.stringMatching(/not the same on all nodes \(a: sha256:1+, b: sha256:2+\)/) as string,
    });
  });
});

describe('way-in', () => {
  test('through baseline asks what the runtime grants', async () => {
    const refused = { ...well, refuse: noNetRaw };
    expect(await ask('way-in', refused)).toMatchObject([
      { status: 'ok', seen: expect.stringContaining('containerd://2.0.0') as string },
    ]);
    const crio = [linuxNode('node1', { containerRuntimeVersion: 'cri-o://1.30.0' })];
    expect(await ask('way-in', { ...refused, nodes: crio })).toMatchObject([
      { status: 'failed', seen: expect.stringContaining('cri-o://1.30.0 does not grant NET_RAW') as string },
    ]);
  });

  test('is a pod on the node where debug containers are refused, in the namespace that admits it', async () => {
    const refuse: FakeCluster['refuse'] = (path) =>
      path.includes('/namespaces/shop/')
        ? podSecurity('restricted', 'runAsUser=0 (container "c" must not)')()
        : undefined;
    expect(await ask('way-in', { ...well, refuse }, { debugNamespace: 'ops' })).toMatchObject([
      {
        status: 'warning',
        seen: 'only a pod on the node, in namespace ops (tried with pod client): Pod Security "restricted:latest" forbids it: runAsUser=0',
        fix: 'kubectl netdebug trace pod/client -n shop --profile node --debug-namespace ops',
      },
    ]);
  });

  test('fails where nothing is admitted, with who refused', async () => {
    const refuse = () =>
      statusObject(403, 'Forbidden', 'admission webhook "v.example" denied the request: no');
    expect(await ask('way-in', { ...well, refuse })).toMatchObject([
      {
        status: 'failed',
        seen: 'no way in (tried with pod client): the admission webhook v.example says: no',
      },
    ]);
  });

  test('is tried with a pod that takes debug containers, and is unknown without one', async () => {
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    const mirror = { ...podOn('node1', 'etcd'), metadata: { name: 'etcd', namespace: 'shop', annotations } };
    const host = podOn('node1', 'agent', { hostNetwork: true });
    const own = podOn('node1', 'web');
    expect((await ask('way-in', { ...well, pods: { shop: [mirror, host, own] } }))[0]?.seen).toContain(
      'pod web',
    );
    expect(await ask('way-in', { ...well, pods: { shop: [mirror] } })).toMatchObject([{ status: 'unknown' }]);
  });
});

describe('what may not be read', () => {
  test.each([
    ['machines', '/api/v1/nodes'],
    ['image', '/api/v1/nodes'],
    ['pod-security', '/api/v1/namespaces/shop'],
    ['way-in', '/api/v1/namespaces/shop/pods'],
    ['admission', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'],
  ])('%s is unknown without %s, never well', async (id, path) => {
    expect(await ask(id, { ...well, hidden: [path] })).toMatchObject([
      { check: id, status: 'unknown', seen: expect.stringContaining('cannot read') as string },
    ]);
  });
});
