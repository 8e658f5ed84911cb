import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from '../../src/cli.ts';
import { exitStatus, startFakeApiServer, statusObject } from '../kube/fake-api-server.ts';
import type { FakeApiServer } from '../kube/fake-api-server.ts';
import { world } from '../commands/world.ts';

const labels = { 'app.kubernetes.io/managed-by': 'kubectl-netdebug' };
const debugPod = (name: string, namespace: string, target: string, phase: string): object => ({
  metadata: {
    name,
    namespace,
    labels,
    annotations: { 'kubectl-netdebug/target': target, 'kubectl-netdebug/owner': 'jane' },
  },
  spec: { activeDeadlineSeconds: 60 },
  status: { phase, startTime: '2026-01-01T00:00:00Z' },
});
const traced = {
  metadata: { name: 'ours', namespace: 'shop' },
  spec: {
    ephemeralContainers: [
      { name: 'netdebug-00000a', image: 'x', env: [{ name: 'NETDEBUG_TTL_SECONDS', value: '60' }] },
      { name: 'netdebug-00000b' },
    ],
  },
  status: {
    ephemeralContainerStatuses: [
      { name: 'netdebug-00000a', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } },
    ],
  },
};
const pods: Readonly<Record<string, readonly object[]>> = {
  shop: [
    { metadata: { name: 'none', namespace: 'shop' } },
    {
      metadata: { name: 'foreign', namespace: 'shop' },
      spec: { ephemeralContainers: [{ name: 'debugger-abc' }] },
    },
    traced,
    // Labelled as ours by somebody else: the name is not one that we give.
    { metadata: { name: 'netdebug-server', namespace: 'shop', labels } },
    debugPod('netdebug-aaaaaa', 'shop', 'pod/shop/ours', 'Failed'),
  ],
  netdebug: [
    debugPod('netdebug-bbbbbb', 'netdebug', 'pod/shop/client', 'Running'),
    debugPod('netdebug-cccccc', 'netdebug', 'pod/other/client', 'Running'),
  ],
};

let server: FakeApiServer;
let deleted: string[];
let mayDelete = true;
let hasEnded = false;
beforeEach(async () => {
  deleted = [];
  mayDelete = true;
  hasEnded = false;
  server = await startFakeApiServer({
    rest: ({ url: path = '', method }) => {
      const { pathname } = new URL(path, 'http://x');
      const [, namespace = '', name] = /\/namespaces\/([^/]+)\/pods(?:\/([^/]+))?$/.exec(pathname) ?? [];
      if (method === 'DELETE' && name !== undefined) {
        if (!mayDelete) return statusObject(403, 'Forbidden', 'pods is forbidden: cannot delete');
        deleted.push(`${namespace}/${name}`);
        return { status: 200, body: {} };
      }
      const all = namespace === '' ? Object.values(pods).flat() : (pods[namespace] ?? []);
      return { status: 200, body: { items: hasEnded ? all.filter((pod) => pod !== traced) : all } };
    },
    exec: (socket) => {
      hasEnded = true;
      socket.send(exitStatus(0));
    },
  });
});
afterEach(() => server.close());

async function cleanup(...args: string[]) {
  const io = world({ env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
  const status = await main(['cleanup', '--server', server.url, ...args], io);
  return { status, rows: io.out().trim().split('\n').slice(1), err: io.err() };
}

test('what is left of a namespace is listed: containers, debug pods there and those that capture it', async () => {
  const { status, rows, err } = await cleanup('-n', 'shop', '--dry-run');
  expect(status).toBe(0);
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ['shop', 'ours', 'netdebug-00000a', 'runs until 2026-01-01 00:01 UTC'],
    ['shop', 'ours', 'netdebug-00000b', 'ended'],
    ['shop', 'netdebug-aaaaaa', 'netdebug-aaaaaa', 'ended', 'pod/shop/ours', 'jane'],
    [
      'netdebug',
      'netdebug-bbbbbb',
      'netdebug-bbbbbb',
      'runs until 2026-01-01 00:01 UTC',
      'pod/shop/client',
      'jane',
    ],
  ]);
  expect(err).toContain('1 debug container would be ended, 2 debug pods would be deleted.');
  expect(err).toContain('until its pod is replaced: shop/ours.');
  expect({ deleted, hasEnded }).toEqual({ deleted: [], hasEnded: false });
});

test('containers are ended, debug pods deleted, nothing else', async () => {
  const { status, rows } = await cleanup('-n', 'shop');
  expect(status).toBe(0);
  expect(deleted.toSorted()).toEqual(['netdebug/netdebug-bbbbbb', 'shop/netdebug-aaaaaa']);
  expect(rows.map((row) => row.split(/ {2,}/)[3])).toEqual([
    'ended now',
    'ended',
    'deleted now',
    'deleted now',
  ]);
});

test('-A takes in all namespaces', async () => {
  await cleanup('-A');
  expect(deleted.toSorted()).toEqual([
    'netdebug/netdebug-bbbbbb',
    'netdebug/netdebug-cccccc',
    'shop/netdebug-aaaaaa',
  ]);
});

test('what could not be removed is said, and the exit status with it', async () => {
  mayDelete = false;
  const { status, rows, err } = await cleanup('-n', 'shop');
  expect(status).toBe(2);
  expect(rows[2]).toContain('not deleted: pods is forbidden: cannot delete');
  expect(err).toContain('2 of them could not be removed');
});
