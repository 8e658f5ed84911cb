import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../../src/demo/api-server.ts';
import { writeKubeconfig } from '../../src/demo/kubeconfig.ts';
import { connect } from '../../src/kube/connect.ts';
import type { KubeConnection } from '../../src/kube/exec-api.ts';
import { sampleRecording } from './sample-recording.ts';

/** The program's own client on the embedded server. */
async function connected(): Promise<KubeConnection> {
  const server = await startServer(sampleRecording());
  const kubeconfig = await writeKubeconfig(server.url, 'shop');
  const api = connect(
    { kubeconfig: kubeconfig.path },
    { HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' },
  );
  onTestFinished(async () => {
    api.close();
    await kubeconfig[Symbol.asyncDispose]();
    await server.close();
  });
  return api;
}

test('the client finds its namespace, version and objects, whatever proxies are set', async () => {
  const api = await connected();
  expect([api.context, api.namespace]).toEqual(['demo', 'shop']);
  expect(await api.get('/version')).toMatchObject({ gitVersion: 'v1.34.4' });
  expect(await api.list('/api/v1/namespaces/shop/pods', { labelSelector: 'app=payments' })).toHaveLength(2);
});

test('the client adds a container and runs a command in it', async () => {
  const api = await connected();
  await api.patch('/api/v1/namespaces/shop/pods/client/ephemeralcontainers', {
    spec: { ephemeralContainers: [{ name: 'netdebug-4f1c2a', image: 'netshoot' }] },
  });
  let stdout = '';
  const session = await api.exec(
    {
      namespace: 'shop',
      pod: 'client',
      container: 'netdebug-4f1c2a',
      command: ['cat', '/etc/resolv.conf'],
      stdin: false,
    },
    { stdout: (chunk) => void (stdout += chunk.toString()), stderr: () => undefined },
  );
  expect(await session.done).toEqual({ kind: 'exited', exitCode: 0 });
  expect(stdout).toContain('nameserver 10.96.0.10');
});

test('the client reads why an exec is refused', async () => {
  const api = await connected();
  const exec = api.exec(
    { namespace: 'shop', pod: 'client', container: 'none', command: ['true'], stdin: false },
    { stdout: () => undefined, stderr: () => undefined },
  );
  await expect(exec).rejects.toMatchObject({
    name: 'ApiError',
    status: 400,
    message: 'container none is not valid for pod client',
  });
});
