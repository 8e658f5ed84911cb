import { afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { connect } from '../../src/kube/connect.ts';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import {
  findPlaces,
  followed,
  type FoundPlaces,
  isOneOfMany,
  type PlaceRequest,
} from '../../src/target/find-places.ts';
import { type FakeApiServer, startFakeApiServer, statusObject } from '../kube/fake-api-server.ts';

type Item = { readonly metadata: Record<string, unknown> } & Record<string, unknown>;

const owned = (kind: string, uid: string): object => ({
  ownerReferences: [{ kind, uid, controller: true }],
});

const pod = (name: string, metadata: object = {}, phase = 'Running', namespace = 'shop'): Item => ({
  metadata: { name, namespace, uid: `uid-${namespace}-${name}`, ...metadata },
  spec: { nodeName: 'node1' },
  status: { phase },
});

const object = (name: string, spec: object, metadata: object = {}): Item => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, ...metadata },
  spec,
});

const selector = (app: string): object => ({ selector: { matchLabels: { app } } });
const app = (name: string): object => ({ labels: { app: name } });

/** What a cluster holds, by the path of the collection without the namespace. */
const held: Record<string, Item[]> = {
  '/api/v1/pods': [
    pod('web-1-a', { ...app('web'), ...owned('ReplicaSet', 'uid-web-1') }),
    pod('web-1-b', { ...app('web'), ...owned('ReplicaSet', 'uid-web-1') }, 'Pending'),
    pod('lookalike', app('web')),
    pod('db-0', { ...app('db'), ...owned('StatefulSet', 'uid-db') }),
    pod('report-1', { labels: { 'job-name': 'report-28' }, ...owned('Job', 'uid-report-28') }, 'Succeeded'),
    pod('agent-x', { ...app('agent'), ...owned('DaemonSet', 'uid-agent') }),
    pod('web-elsewhere', app('web'), 'Running', 'till'),
  ],
  '/apis/apps/v1/deployments': [
    object('web', selector('web')),
    object('idle', { ...selector('idle'), replicas: 0 }),
    object('refused', selector('refused')),
  ],
  '/apis/apps/v1/replicasets': [
    object('web-1', selector('web'), { ...app('web'), ...owned('Deployment', 'uid-web') }),
  ],
  '/apis/apps/v1/statefulsets': [object('db', selector('db'))],
  '/apis/apps/v1/daemonsets': [object('agent', selector('agent'))],
  '/apis/batch/v1/jobs': [object('report-28', selector('none'), owned('CronJob', 'uid-report'))],
  '/apis/batch/v1/cronjobs': [object('report', {}), object('never', { suspend: true })],
  '/api/v1/services': [
    object('web', { selector: { app: 'web' } }),
    object('typo', { selector: { app: 'wbe' } }),
    object('mail', { type: 'ExternalName', externalName: 'mail.example' }),
    object('by-hand', {}),
  ],
  '/apis/discovery.k8s.io/v1/endpointslices': [
    {
      ...object('web-x', {}, { labels: { 'kubernetes.io/service-name': 'web' } }),
      endpoints: [{ addresses: ['10.1.1.1'], targetRef: { kind: 'Pod', name: 'web-1-a' } }],
    },
    {
      ...object('by-hand-x', {}, { labels: { 'kubernetes.io/service-name': 'by-hand' } }),
      endpoints: [{ addresses: ['192.0.2.7'] }],
    },
  ],
  '/apis/networking.k8s.io/v1/ingresses': [
    object('front', {
      defaultBackend: { service: { name: 'typo' } },
      rules: [{ http: { paths: [{ backend: { service: { name: 'web' } } }] } }],
    }),
    object('empty', {}),
  ],
  '/apis/gateway.networking.k8s.io/v1/httproutes': [
    object('route', { rules: [{ backendRefs: [{ name: 'web' }, { kind: 'Other', name: 'x' }] }] }),
  ],
  '/api/v1/nodes': [{ metadata: { name: 'node1', uid: 'uid-node1' } }],
  '/api/v1/namespaces': [{ metadata: { name: 'shop' } }],
};

/** Answers GETs from {@link held}: objects by name, lists by namespace, equality of labels, and name. */
function answer(url: URL): { status: number; body: unknown } {
  const match =
    /^(\/api\/v1|\/apis\/[^/]+\/v1)(?:\/namespaces\/([^/]+)(?=\/))?\/([a-z]+)(?:\/([^/]+))?$/.exec(
      url.pathname,
    );
  const [, group = '', namespace, resource = '', name] = match ?? [];
  const items = (held[`${group}/${resource}`] ?? []).filter(
    ({ metadata }) => namespace === undefined || metadata['namespace'] === namespace,
  );
  if (name !== undefined) {
    const found = items.find(({ metadata }) => metadata['name'] === name);
    return found === undefined ? statusObject(404, 'NotFound', 'not found') : { status: 200, body: found };
  }
  const wanted = (url.searchParams.get('labelSelector') ?? '').split(',').filter((part) => part !== '');
  const field = url.searchParams.get('fieldSelector')?.replace('metadata.name=', '');
  const fits = ({ metadata }: Item): boolean => {
    const labels = (metadata['labels'] ?? {}) as Record<string, string>;
    const isLabelled = wanted.every((part) => {
      const [key = '', value] = part.split('=');
      return value === undefined ? Object.hasOwn(labels, key) : labels[key] === value;
    });
    return isLabelled && (field === undefined || metadata['name'] === field);
  };
  return { status: 200, body: { items: items.filter(fits) } };
}

let server: FakeApiServer;
afterEach(() => server.close());

async function start(refused: readonly string[] = []): Promise<KubeApi> {
  server = await startFakeApiServer({
    rest: (request) => {
      const url = new URL(request.url ?? '/', 'http://x');
      return refused.some((part) => url.pathname.includes(part))
        ? statusObject(403, 'Forbidden', 'you may not')
        : answer(url);
    },
  });
  return connect({ server: server.url }, {});
}

const request = (words: readonly string[], over: Partial<PlaceRequest> = {}): PlaceRequest => ({
  words,
  selector: undefined,
  isAllNamespaces: false,
  namespace: 'shop',
  ...over,
});

const names = ({ places }: FoundPlaces): string[] =>
  places.map((place) => (place.kind === 'pod' ? place.pod : place.node).metadata.name);

describe('places behind', () => {
  test.each<[string, string[]]>([
    ['pod/db-0', ['db-0']],
    // Pods that the selector matches and that belong to nobody are not the Deployment's.
    ['deploy/web', ['web-1-a']],
    ['sts/db', ['db-0']],
    ['ds/agent', ['agent-x']],
    ['svc/web', ['web-1-a']],
    ['ingress/front', ['web-1-a']],
    ['httproute/route', ['web-1-a']],
    ['node/node1', ['node1']],
    ['till/pod/web-elsewhere', ['web-elsewhere']],
  ])('%s', async (word, expected) => {
    expect(names(await findPlaces(await start(), request([word])))).toEqual(expected);
  });

  test('a selector, in one namespace and in all', async () => {
    const api = await start();
    expect(names(await findPlaces(api, request([], { selector: 'app=web' })))).toEqual([
      'web-1-a',
      'lookalike',
    ]);
    const everywhere = await findPlaces(api, request([], { selector: 'app=web', isAllNamespaces: true }));
    expect(names(everywhere)).toEqual(['web-1-a', 'lookalike', 'web-elsewhere']);
  });

  test('several words: each pod once, under the first word that means it', async () => {
    const found = await findPlaces(await start(), request(['svc/web', 'deploy/web', 'pod/db-0']));
    expect(found.places.map(({ asked }) => asked)).toEqual(['svc/web', 'pod/db-0']);
  });

  test('what cannot be traced is told beside what can', async () => {
    const found = await findPlaces(await start(), request(['deploy/web', 'svc/typo', 'pod/report-1']));
    expect(names(found)).toEqual(['web-1-a']);
    expect(found.left.map(({ message }) => message)).toEqual([
      expect.stringContaining('Pod shop/web-1-b cannot be traced'),
      'Service shop/typo has no pods: it has no endpoints (selector app=wbe)',
      expect.stringContaining('it has ended (phase Succeeded)'),
    ]);
  });

  test('without the right to read ReplicaSets and EndpointSlices the selectors count', async () => {
    const api = await start(['replicasets', 'endpointslices']);
    expect(names(await findPlaces(api, request(['deploy/web'])))).toEqual(['web-1-a', 'lookalike']);
    expect(names(await findPlaces(api, request(['svc/web'])))).toEqual(['web-1-a', 'lookalike']);
  });
});

describe('nothing to trace', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'deploy/idle',
      'Deployment shop/idle has no pods',
      'it is scaled to 0 replicas',
      /^kubectl scale deploy\/idle -n shop/,
    ],
    [
      'deploy/refused',
      'Deployment shop/refused has no pods',
      'no pod of it exists (selector app=refused)',
      /^kubectl describe/,
    ],
    [
      'cronjob/never',
      'CronJob shop/never has no pods',
      'it is suspended, and no Job of it is left',
      /job --from=cronjob\/never/,
    ],
    [
      'cronjob/report',
      'Pod shop/report-1 cannot be traced',
      'it has ended (phase Succeeded)',
      /kubectl get pods/,
    ],
    [
      'svc/mail',
      'Service shop/mail has no pods',
      'it is another name for mail.example',
      /--to mail\.example/,
    ],
    [
      'svc/by-hand',
      'Service shop/by-hand has no pods',
      'its endpoints are no pods: 192.0.2.7',
      /pod\/CLIENT/,
    ],
    ['ingress/empty', 'Ingress shop/empty has no pods', 'it names no Service as backend', /kubectl describe/],
    ['deploy/we', 'Deployment shop/we does not exist', 'some begin with it', /trace deploy\/web -n shop/],
    ['node/node', 'Node node does not exist', 'some begin with it', /trace node\/node1$/],
  ])('%s', async (word, what, why, fix) => {
    const error: unknown = await findPlaces(await start(), request([word])).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      what,
      why: expect.stringContaining(why) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });

  test('a selector that nothing has, and one that is none', async () => {
    const api = await start();
    await expect(findPlaces(api, request([], { selector: 'app=none' }))).rejects.toMatchObject({
      what: 'No pod in namespace shop has "app=none"',
    });
    await expect(findPlaces(api, request(['deploy/idle', 'svc/typo']))).rejects.toMatchObject({
      what: 'none of the targets can be traced',
    });
  });
});

test('what may get new pods is followed, what is one of many is known as such', async () => {
  const found = await findPlaces(await start(), request(['pod/db-0', 'deploy/web', 'node/node1']));
  expect(followed(request(['pod/db-0', 'deploy/web', 'node/node1']))?.words).toEqual(['deploy/web']);
  expect(followed(request(['pod/db-0']))).toBeUndefined();
  expect(found.places.map(isOneOfMany)).toEqual([false, true, false]);
});
