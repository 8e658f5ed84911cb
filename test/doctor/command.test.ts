import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli.ts';
import { world } from '../commands/world.ts';
import { statusObject } from '../kube/fake-api-server.ts';
import { type FakeCluster, image, serveCluster, well } from './fake-cluster.ts';

describe('the command', () => {
  const run = async (cluster: FakeCluster, ...args: string[]) => {
    await using served = await serveCluster(cluster);
    const io = world({ env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
    const status = await main(['doctor', '--server', served.url, '--image', image, ...args], io);
    return { status, out: io.out(), err: io.err() };
  };

  test('says in a table what is well, and in one sentence where captures work', async () => {
    const { status, out, err } = await run(well, '-n', 'shop');
    expect(status).toBe(0);
    expect(out).toMatch(/^CHECK +OF +STATUS +SEEN\nnodes +.+\n/);
    expect(out).toMatch(/^version +ok +Kubernetes v1\.34\.4\n/m);
    expect(err).toMatch(/^VERDICT   .+; debug containers work in 1 namespace\.\n$/);
  });

  test('-A: the same words for several namespaces are one row, and 1 is the status if nothing works in one', async () => {
    const refuse: FakeCluster['refuse'] = (path) =>
      path.includes('ephemeralcontainers') || path.endsWith('/pods')
        ? statusObject(403, 'Forbidden', 'no')
        : undefined;
    const namespaces = { a: {}, shop: {}, z: {} };
    const { status, out, err } = await run({ ...well, namespaces, refuse }, '-A');
    expect(status).toBe(1);
    expect(out).toMatch(/^pod-security +namespaces a, shop and z +ok/m);
    expect(out).toMatch(/^way-in +namespaces a and z +unknown/m);
    expect(err).toContain('nothing works in 1 namespace; 2 namespaces could not be tried');
  });

  test('2 is the status when no namespace could be tried', async () => {
    const { status, err } = await run({ ...well, pods: {} }, '-n', 'shop');
    expect(status).toBe(2);
    expect(err).toMatch(/; 1 namespace could not be tried\.\n$/);
  });

  test('-o json has every row', async () => {
    const { status, out } = await run(well, '-n', 'shop', '-o', 'json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schemaVersion: 1,
      namespaces: ['shop'],
      checks: expect.arrayContaining([expect.objectContaining({ check: 'way-in', status: 'ok' })]) as object,
    });
  });
});
