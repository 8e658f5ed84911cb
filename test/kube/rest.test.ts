import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { connect } from '../../src/kube/connect.ts';
import { startFakeApiServer, statusObject } from './fake-api-server.ts';
import type { FakeApiServer } from './fake-api-server.ts';
import type { FakeAnswers } from './fake-api-server.ts';

let server: FakeApiServer;
afterEach(() => server.close());

async function api(rest: NonNullable<FakeAnswers['rest']>): Promise<ReturnType<typeof connect>> {
  server = await startFakeApiServer({ rest });
  return connect({ server: server.url }, {});
}

test('a list is read page by page on one connection', async () => {
  const asked: string[] = [];
  const client = await api((request) => {
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    asked.push(`${query.get('limit')} ${query.get('continue')} ${query.get('labelSelector')}`);
    return {
      status: 200,
      body:
        query.get('continue') === null
          ? { items: [1, 2], metadata: { continue: 'next' } }
          : { items: [3], metadata: {} },
    };
  });
  expect(await client.list('/api/v1/pods', { labelSelector: 'a=b' })).toEqual([1, 2, 3]);
  expect(asked).toEqual(['500 null a=b', '500 next a=b']);
  expect(server.connections()).toBe(1);
});

test('a list whose snapshot has expired is read again in one piece', async () => {
  const client = await api((request) => {
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    if (query.get('continue') !== null) return statusObject(410, 'Expired', 'too old');
    return query.get('limit') === null
      ? { status: 200, body: { items: [1, 2, 3] } }
      : { status: 200, body: { items: [1], metadata: { continue: 'next' } } };
  });
  expect(await client.list('/api/v1/pods')).toEqual([1, 2, 3]);
});

test('a list ends at the wanted number of items', async () => {
  const client = await api(() => ({
    status: 200,
    body: { items: [1, 2, 3], metadata: { continue: 'more' } },
  }));
  expect(await client.list('/api/v1/pods', {}, 5)).toEqual([1, 2, 3, 1, 2]);
});

test('an error of the API keeps its reason and details', async () => {
  const client = await api(() =>
    statusObject(404, 'NotFound', 'pods "x" not found', { name: 'x', kind: 'pods' }),
  );
  await expect(client.get('/api/v1/namespaces/shop/pods/x')).rejects.toMatchObject({
    name: 'ApiError',
    status: 404,
    reason: 'NotFound',
    message: 'pods "x" not found',
    details: { name: 'x' },
  });
});

test('an error that is no Status is quoted, with terminal escapes made harmless', async () => {
  const client = await api(() => ({ status: 503, body: 'busy \u001b[31m' }));
  await expect(client.get('/x')).rejects.toMatchObject({
    name: 'ApiError',
    status: 503,
    message: 'HTTP status 503: busy U+001B[31m',
  });
});

test('a patch is a strategic merge patch', async () => {
  const seen: unknown[] = [];
  const client = await api((request, body) => {
    seen.push([request.method, request.url, request.headers['content-type'], body]);
    return { status: 200, body: {} };
  });
  await client.patch('/api/v1/namespaces/shop/pods/x/ephemeralcontainers', { spec: 1 }, { dryRun: 'All' });
  await client.delete('/api/v1/namespaces/shop/pods/x');
  expect(seen).toEqual([
    [
      'PATCH',
      '/api/v1/namespaces/shop/pods/x/ephemeralcontainers?dryRun=All',
      'application/strategic-merge-patch+json',
      '{"spec":1}',
    ],
    ['DELETE', '/api/v1/namespaces/shop/pods/x', undefined, ''],
  ]);
});

test('a compressed answer is unpacked', async () => {
  const client = await api((request) => {
    expect(request.headers['accept-encoding']).toBe('gzip');
    return { status: 200, body: gzipSync('{"a":1}'), headers: { 'Content-Encoding': 'gzip' } };
  });
  expect(await client.get('/x')).toEqual({ a: 1 });
});

test('--disable-compression asks for none', async () => {
  server = await startFakeApiServer({
    rest: (request) => ({ status: 200, body: { encoding: request.headers['accept-encoding'] ?? 'none' } }),
  });
  expect(await connect({ server: server.url, 'disable-compression': true }, {}).get('/x')).toEqual({
    encoding: 'none',
  });
});

test('text is cut at the wanted length', async () => {
  const client = await api(() => ({ status: 200, body: 'x'.repeat(1000) }));
  expect(await client.getText('/log', {}, 10)).toBe('x'.repeat(10));
});

test('an answer that is not JSON is an ApiError', async () => {
  const client = await api(() => ({ status: 200, body: '<html>' }));
  await expect(client.get('/x')).rejects.toMatchObject({ name: 'ApiError', status: 0 });
});

test('a server that is not there is told with its name', async () => {
  const client = await api(() => ({ status: 200, body: {} }));
  await server.close();
  await expect(client.get('/x')).rejects.toMatchObject({
    name: 'UserError',
    what: `No answer from the API server ${server.url}`,
    why: expect.stringContaining('ECONNREFUSED') as string,
  });
  server = await startFakeApiServer({});
});

test('--request-timeout ends the waiting', async () => {
  server = await startFakeApiServer({ rest: () => new Promise(() => undefined) });
  await expect(
    connect({ server: server.url, 'request-timeout': '50ms' }, {}).get('/x'),
  ).rejects.toMatchObject({ name: 'UserError' });
});

test('a name that cannot be looked up is told as such', async () => {
  server = await startFakeApiServer({});
  await expect(connect({ server: 'http://nothing.invalid:1' }, {}).get('/x')).rejects.toMatchObject({
    name: 'UserError',
    fix: expect.stringContaining('looked up') as string,
  });
});
