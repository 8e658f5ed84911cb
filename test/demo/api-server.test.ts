import { expect, onTestFinished, test } from 'vitest';
import { startServer, type DemoServer, type ServerOptions } from '../../src/demo/api-server.ts';
import { sampleRecording } from './sample-recording.ts';

type Json = Record<string, never> & { items: { metadata: { name: string; namespace: string } }[] };

async function start(options: ServerOptions = {}): Promise<DemoServer> {
  const server = await startServer(sampleRecording(), options);
  onTestFinished(server.close);
  return server;
}

async function get(server: DemoServer, path: string): Promise<{ code: number; body: Json }> {
  const response = await fetch(server.url + path);
  return { code: response.status, body: (await response.json()) as Json };
}

const names = (body: Json): string[] =>
  body.items.map((item) => `${item.metadata.namespace}/${item.metadata.name}`);

async function patch(
  server: DemoServer,
  where: string,
  container: object,
  query = '',
  contentType = 'application/strategic-merge-patch+json',
): Promise<{ code: number; body: Record<string, never> }> {
  const response = await fetch(`${server.url}/api/v1/namespaces/${where}/ephemeralcontainers${query}`, {
    method: 'PATCH',
    headers: { 'content-type': contentType },
    body: JSON.stringify({ spec: { ephemeralContainers: [container] } }),
  });
  return { code: response.status, body: (await response.json()) as Record<string, never> };
}

test.each([
  ['/api/v1/pods', ['base/client', 'shop/client', 'shop/payments-1', 'shop/payments-2', 'tight/client']],
  ['/api/v1/namespaces/shop/pods', ['shop/client', 'shop/payments-1', 'shop/payments-2']],
  ['/api/v1/namespaces/shop/pods?labelSelector=app%3Dpayments', ['shop/payments-1', 'shop/payments-2']],
  ['/api/v1/namespaces/shop/pods?labelSelector=app+in+(payments,x),!tier', ['shop/payments-2']],
  ['/api/v1/namespaces/shop/pods?labelSelector=app!=payments', ['shop/client']],
  ['/api/v1/namespaces/shop/pods?labelSelector=app+notin+(client),tier', ['shop/payments-1']],
  ['/api/v1/pods?fieldSelector=spec.nodeName%3Dnode2', ['shop/payments-2']],
  [
    '/api/v1/pods?fieldSelector=metadata.name!=client,status.phase=Running',
    ['shop/payments-1', 'shop/payments-2'],
  ],
  ['/api/v1/namespaces/none/pods', []],
])('lists %s', async (path, expected) => {
  const { code, body } = await get(await start(), path);
  expect([code, names(body)]).toEqual([200, expected]);
});

test('gives a list in pages', async () => {
  const server = await start();
  const seen: string[] = [];
  let token = '';
  for (let page = 0; page < 3; page += 1) {
    const { body } = await get(server, `/api/v1/pods?limit=2&continue=${token}`);
    seen.push(...names(body));
    token = (body as unknown as { metadata: { continue?: string } }).metadata.continue ?? '';
  }
  expect(token).toBe('');
  expect(seen).toHaveLength(5);
});

test('gives an object with its kind, which items of a list do not have', async () => {
  const { body } = await get(await start(), '/api/v1/namespaces/shop/pods/client');
  expect(body).toMatchObject({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'client' } });
});

test.each([
  ['/api/v1/namespaces/shop/pods/none', 404, 'pods "none" not found'],
  [
    '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/x',
    404,
    'endpointslices.discovery.k8s.io "x" not found',
  ],
  ['/apis/cilium.io/v2/ciliumnetworkpolicies', 404, 'the server could not find the requested resource'],
  ['/api/v1/pods?labelSelector=a%3D%3D%3Db', 400, 'unable to parse requirement: a===b'],
])('answers %s as an API server does: %i', async (path, code, message) => {
  expect(await get(await start(), path)).toMatchObject({
    code,
    body: { kind: 'Status', status: 'Failure', message },
  });
});

test('what the user may not do is forbidden, and the access review says so before', async () => {
  const server = await start({
    denies: (verb, path) => verb === 'list' && path.resource === 'endpointslices',
  });
  const path = '/apis/discovery.k8s.io/v1/endpointslices';
  const { code, body } = await get(server, path);
  expect([code, body['message']]).toEqual([
    403,
    'endpointslices.discovery.k8s.io is forbidden: User "system:serviceaccount:default:demo" cannot list resource "endpointslices" in API group "discovery.k8s.io" at the cluster scope',
  ]);
  const review = async (resource: string): Promise<unknown> => {
    const spec = { resourceAttributes: { verb: 'list', group: 'discovery.k8s.io', resource } };
    const response = await fetch(`${server.url}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, {
      method: 'POST',
      body: JSON.stringify({ spec }),
    });
    return ((await response.json()) as { status: { allowed: boolean } }).status.allowed;
  };
  expect([await review('endpointslices'), await review('pods')]).toEqual([false, true]);
});

const withNetRaw = {
  name: 'netdebug-4f1c2a',
  image: 'netshoot',
  securityContext: {
    runAsUser: 0,
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    seccompProfile: { type: 'RuntimeDefault' },
    capabilities: { add: ['NET_RAW'] },
  },
};
const plain = { ...withNetRaw, securityContext: { ...withNetRaw.securityContext, capabilities: {} } };

test('adds a debug container, which then runs; a dry run adds none', async () => {
  const server = await start();
  const dry = await patch(server, 'shop/pods/client', withNetRaw, '?dryRun=All');
  expect([dry.code, dry.body['spec']]).toMatchObject([
    200,
    { ephemeralContainers: [{ name: 'netdebug-4f1c2a' }] },
  ]);
  expect(server.pod()).not.toMatchObject({ spec: { ephemeralContainers: [{}] } });
  expect((await patch(server, 'shop/pods/client', withNetRaw)).code).toBe(200);
  expect(server.pod()).toMatchObject({
    status: { ephemeralContainerStatuses: [{ name: 'netdebug-4f1c2a', state: { running: {} } }] },
  });
  expect((await patch(server, 'shop/pods/client', withNetRaw)).code).toBe(422);
  expect((await patch(server, 'shop/pods/client', { ...withNetRaw, name: 'netdebug-b07d11' })).code).toBe(
    200,
  );
});

test.each([
  [
    'base',
    withNetRaw,
    403,
    'violates PodSecurity "baseline:latest": non-default capabilities (container "netdebug-4f1c2a" must not include "NET_RAW" in securityContext.capabilities.add)',
  ],
  ['base', plain, 200, undefined],
  [
    'tight',
    plain,
    403,
    'allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (containers "main", "netdebug-4f1c2a" must set',
  ],
])('Pod Security of namespace %s judges %j with %i', async (namespace, container, code, message) => {
  const reply = await patch(await start(), `${namespace}/pods/client`, container);
  expect(reply.code).toBe(code);
  if (message !== undefined) expect(reply.body['message']).toContain(message);
});

test('a patch of another type is refused', async () => {
  expect(
    (await patch(await start(), 'shop/pods/client', plain, '', 'application/json-patch+json')).code,
  ).toBe(415);
});

test('a container that cannot start says why', async () => {
  const server = await start({
    startState: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
  });
  await patch(server, 'shop/pods/client', plain);
  expect(server.pod()).toMatchObject({
    status: { ephemeralContainerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] },
  });
});

test('notes the requests, and is gone when it is closed', async () => {
  const server = await start();
  await get(server, '/version');
  expect(server.requests).toEqual(['GET /version']);
  await server.close();
  await expect(fetch(server.url)).rejects.toThrow('fetch failed');
});
