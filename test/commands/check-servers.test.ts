import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assetsFolder } from '../../src/assets.ts';
import { main } from '../../src/cli.ts';
import { type DemoServer, startServer } from '../../src/demo/api-server.ts';
import { loadRecording } from '../../src/demo/recording.ts';
import { world } from './world.ts';

describe('a cluster that is played from a recording', () => {
  let server: DemoServer;
  beforeEach(
    async () =>
      void (server = await startServer(
        await loadRecording(join(assetsFolder, 'recordings'), 'target-port-mismatch'),
      )),
  );
  afterEach(async () => await server.close());

  test.each([
    [[], ['client']],
    [['--enter-servers'], ['client', 'payments-1', 'payments-2']],
  ])('check %j enters %j', { timeout: 30_000 }, async (flags, pods) => {
    const io = world({ cwd: '/', env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
    const where = ['--server', server.url, '-n', 'shop'];
    await main(['check', 'pod/client', 'svc/payments:80', ...flags, ...where], io);
    const entered = server.requests.flatMap(
      (request) => /^PATCH \S*\/pods\/([^/]+)\/ephemeralcontainers/.exec(request)?.[1] ?? [],
    );
    expect([...new Set(entered)].toSorted()).toEqual(pods);
    for (const pod of pods) expect(io.err()).toContain(`to pod shop/${pod};`);
  });
});

test.each([
  ['--no-probe', '--enter-servers'],
  ['--matrix', '--duration', '40s'],
  ['--manifests', '.', '--duration', '40s'],
])('%j are refused', async (...flags) => {
  const io = world({ cwd: '/', env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
  expect(await main(['check', 'pod/client', 'svc/payments:80', ...flags], io)).toBe(2);
  expect(io.err()).toContain('needs a check that tries the way');
});

test.each(['2h', 'soon'])('--duration %s is refused', async (duration) => {
  const io = world({ cwd: '/', env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
  expect(await main(['check', 'pod/client', 'svc/payments:80', '--duration', duration], io)).toBe(2);
  expect(io.err()).toMatch(new RegExp(`--duration cannot be "${duration}"[\\s\\S]*fix: --duration`));
});
