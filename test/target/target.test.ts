import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/kube/connect.ts';
import { checkPod } from '../../src/target/check-pod.ts';
import { findPod } from '../../src/target/find-pod.ts';
import { parseTarget } from '../../src/target/parse-target.ts';
import type { PodObject } from '../../src/target/pod-object.ts';
import { startFakeApiServer, statusObject } from '../kube/fake-api-server.ts';
import type { FakeAnswers, FakeApiServer } from '../kube/fake-api-server.ts';

describe('a target', () => {
  test.each([
    ['pod/client', { kind: 'pod', namespace: 'shop', name: 'client' }],
    ['po/a.b-c', { kind: 'pod', namespace: 'shop', name: 'a.b-c' }],
    ['Pods/client', { kind: 'pod', namespace: 'shop', name: 'client' }],
    ['other/pod/client', { kind: 'pod', namespace: 'other', name: 'client' }],
    ['deploy/x', { kind: 'deployment', namespace: 'shop', name: 'x' }],
    ['deployments.apps/x', { kind: 'deployment', namespace: 'shop', name: 'x' }],
    ['statefulset.v1.apps/x', { kind: 'statefulset', namespace: 'shop', name: 'x' }],
    ['cj/x', { kind: 'cronjob', namespace: 'shop', name: 'x' }],
    ['till/svc/x', { kind: 'service', namespace: 'till', name: 'x' }],
    ['ing/x', { kind: 'ingress', namespace: 'shop', name: 'x' }],
    ['no/worker.1', { kind: 'node', namespace: '', name: 'worker.1' }],
  ])('%s', (text, expected) => {
    expect(parseTarget(text, 'shop')).toEqual({ ...expected, asked: text });
  });

  test.each([
    'client',
    'secret/x',
    'deployments.batch/x',
    'shop/node/x',
    'pod/',
    'pod/-x',
    'pod/X',
    'pod/a_b',
    'pod/../secrets',
    'a/b/pod/x',
    '/pod/x',
    'N/pod/x',
    `pod/${'x'.repeat(254)}`,
    'pod/a%2fb',
    'pod/x?y',
  ])('%j is refused', (text) => {
    expect(() => parseTarget(text, 'shop')).toThrow(expect.objectContaining({ name: 'UserError' }) as Error);
  });
});

describe('finding a pod', () => {
  let server: FakeApiServer;
  afterEach(() => server.close());
  const find = async (rest: NonNullable<FakeAnswers['rest']>): Promise<unknown> => {
    server = await startFakeApiServer({ rest });
    return await findPod(connect({ server: server.url }, {}), {
      kind: 'pod',
      namespace: 'shop',
      name: 'check',
      asked: 'pod/check',
    }).catch((error: unknown) => error);
  };
  const notFound = statusObject(404, 'NotFound', 'pods "check" not found', { name: 'check' });
  const named = (...names: string[]): object => ({ items: names.map((name) => ({ metadata: { name } })) });

  test('offers the pods whose names begin alike', async () => {
    const error = await find((request) =>
      request.url?.includes('/pods/check') === true
        ? notFound
        : { status: 200, body: named('checkout-1', 'checkout-2', 'web') },
    );
    expect(error).toMatchObject({
      name: 'UserError',
      fix: 'Name one of these:\n  kubectl netdebug trace pod/checkout-1 -n shop\n  kubectl netdebug trace pod/checkout-2 -n shop',
    });
  });

  test('says when none begins alike, or when pods cannot be listed', async () => {
    expect(
      await find((request) =>
        request.url?.includes('/pods/check') === true ? notFound : { status: 200, body: named('web') },
      ),
    ).toMatchObject({ why: 'none of the 1 pods of namespace shop begins with it' });
    await server.close();
    expect(
      await find((request) =>
        request.url?.includes('/pods/check') === true ? notFound : statusObject(403, 'Forbidden', 'no'),
      ),
    ).toMatchObject({ name: 'UserError', why: 'pods "check" not found' });
  });

  test('says that the namespace does not exist, and where else a pod of this name is', async () => {
    const error = await find(({ url = '' }) => {
      if (url.startsWith('/api/v1/pods?')) {
        const isAsked = new URL(url, 'http://x').searchParams.get('fieldSelector') === 'metadata.name=check';
        return {
          status: 200,
          body: { items: isAsked ? [{ metadata: { name: 'check', namespace: 'till' } }] : [] },
        };
      }
      if (url.startsWith('/api/v1/namespaces/shop/pods?')) return { status: 200, body: named() };
      return notFound;
    });
    expect(error).toMatchObject({
      why: 'namespace shop does not exist',
      fix: 'Another namespace has a pod of this name:\n  kubectl netdebug trace pod/check -n till',
    });
  });

  test('names the right that is missing', async () => {
    expect(
      await find(() => statusObject(403, 'Forbidden', 'User "eve" cannot get resource "pods"')),
    ).toMatchObject({
      name: 'UserError',
      fix: expect.stringContaining('kubectl auth can-i get pods -n shop') as string,
    });
  });
});

describe('checking a pod', () => {
  const pod = (over: { metadata?: object; spec?: object; phase?: string }): PodObject => ({
    metadata: { name: 'x', namespace: 'shop', ...over.metadata },
    spec: { nodeName: 'node1', ...over.spec },
    status: { phase: over.phase ?? 'Running' },
  });

  test('a running pod passes', () => {
    expect(checkPod(pod({}))).toEqual([]);
  });

  test('a pod in the node network passes with a warning', () => {
    expect(checkPod(pod({ spec: { hostNetwork: true } }))[0]).toContain('hostNetwork');
  });

  test.each([
    [
      'a mirror pod',
      pod({ metadata: { annotations: { 'kubernetes.io/config.mirror': 'hash' } } }),
      'static pod',
    ],
    ['a Windows pod', pod({ spec: { os: { name: 'windows' } } }), 'Windows'],
    [
      'a pod for Windows nodes',
      pod({ spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } }),
      'Windows',
    ],
    [
      'a pod that is being deleted',
      pod({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      'being deleted',
    ],
    ['a completed pod', pod({ phase: 'Succeeded' }), 'has ended'],
    ['a pending pod', pod({ phase: 'Pending' }), 'does not run'],
    ['a pod without a status', { metadata: { name: 'x', namespace: 'shop' } }, 'does not run'],
  ])('%s is refused with a way out', (_, object, why) => {
    expect(() => checkPod(object)).toThrow(
      expect.objectContaining({
        name: 'UserError',
        why: expect.stringContaining(why) as string,
        fix: expect.stringMatching(/./) as string,
      }) as Error,
    );
  });
});
