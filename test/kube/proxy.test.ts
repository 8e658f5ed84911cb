import { createServer } from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect } from '../../src/kube/connect.ts';
import { certificatePath, startEchoServer } from './echo-server.ts';
import type { EchoServer } from './echo-server.ts';

let target: EchoServer;
let folder = '';
const asked: string[] = [];
const connectProxy = createServer();
const socksProxy = net.createServer(playSocks);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'netdebug-proxy-'));
  target = await startEchoServer('target', 'https');
  connectProxy.on('connect', (request, client, head) => {
    asked.push(`CONNECT ${request.url ?? ''}`);
    // Whatever name is asked for, the test's server answers.
    const upstream = net.connect(target.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  await Promise.all(
    [connectProxy, socksProxy].map(
      (server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)),
    ),
  );
});

afterAll(async () => {
  await target.close();
  connectProxy.closeAllConnections();
  connectProxy.close();
  socksProxy.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => asked.splice(0));

/** A SOCKS5 server (RFC 1928) that takes names and addresses, without authentication. */
function playSocks(client: net.Socket): void {
  client.on('error', () => client.destroy());
  client.once('data', () => {
    client.write(Buffer.of(5, 0));
    client.once('data', (request: Buffer) => {
      const isName = request[3] === 3;
      const name = isName
        ? request.subarray(5, 5 + (request[4] ?? 0)).toString()
        : [...request.subarray(4, 8)].join('.');
      asked.push(`SOCKS ${isName ? 'name' : 'address'} ${name}`);
      const upstream = net.connect(target.port, '127.0.0.1', () => {
        client.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.destroy());
    });
  });
}

function kubeconfig(proxyUrl: string | undefined): string {
  const file = path.join(folder, 'config');
  const cluster = {
    server: 'https://api.example:6443',
    'certificate-authority': certificatePath('ca.crt'),
    ...(proxyUrl === undefined ? {} : { 'proxy-url': proxyUrl }),
  };
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': 'c',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  return file;
}

const port = (server: { address: () => string | AddressInfo | null }): number =>
  (server.address() as AddressInfo).port;
const exec = { namespace: 'shop', pod: 'x', container: 'y', command: ['z'], stdin: false };
const ignore = { stdout: () => undefined, stderr: () => undefined };

test.each([
  [
    'proxy-url http',
    () => [`http://127.0.0.1:${port(connectProxy)}`, {}] as const,
    'CONNECT api.example:6443',
  ],
  [
    'proxy-url socks5',
    () => [`socks5://127.0.0.1:${port(socksProxy)}`, {}] as const,
    'SOCKS name api.example',
  ],
  [
    'HTTPS_PROXY',
    () => [undefined, { HTTPS_PROXY: `127.0.0.1:${port(connectProxy)}` }] as const,
    'CONNECT api.example:6443',
  ],
  [
    'proxy-url before HTTPS_PROXY and NO_PROXY',
    () =>
      [
        `http://127.0.0.1:${port(connectProxy)}`,
        { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '*' },
      ] as const,
    'CONNECT api.example:6443',
  ],
])('%s is the way for REST and WebSocket alike', async (_, settings, expected) => {
  const [proxyUrl, environment] = settings();
  const api = connect({ kubeconfig: kubeconfig(proxyUrl) }, environment);
  await api.get('/x');
  expect(asked).toEqual([expected]);
  expect(target.seen.at(-1)).toMatchObject({ authorization: 'Bearer t', servername: 'api.example' });
  // The server is no API server: it answers the upgrade as an ordinary request, which is a refusal.
  await expect(api.exec(exec, ignore)).rejects.toThrow();
  expect(asked).toEqual([expected, expected]);
  api.close();
});

test('a proxy that refuses is told', async () => {
  const api = connect({ kubeconfig: kubeconfig('http://127.0.0.1:1') }, {});
  await expect(api.get('/x')).rejects.toMatchObject({
    name: 'UserError',
    what: 'No answer from the API server https://api.example:6443',
  });
});
