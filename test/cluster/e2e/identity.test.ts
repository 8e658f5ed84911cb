import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../src/kube/connect.ts';
import type { ConnectionFlags } from '../../../src/kube/connection-flags.ts';
import { cluster } from '../cluster.ts';
import { tryRun } from '../command.ts';
import { gatewayAddress } from '../nodes.ts';
import { kubectlPath } from '../paths.ts';
import { apiServerUrl, pki } from '../pki.ts';
import { start } from './netdebug.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-identity-'));
const relay: Server = createServer((near) => {
  const far = connectTcp(6443, gatewayAddress);
  near.pipe(far).pipe(near);
  for (const socket of [near, far]) socket.on('error', () => near.destroy());
});
/** The same API server under another address. */
let otherUrl: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  otherUrl = `https://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  const tokens = await Promise.all(
    ['tracer', 'tracer-without-exec', 'tracer-without-ephemeral'].map(async (name) =>
      (await cluster.kubectl(['create', 'token', '-n', 'shop', name])).trim(),
    ),
  );
  writeKubeconfigs(tokens);
});
afterAll(() => {
  relay.close();
  rmSync(folder, { recursive: true });
});

/** Two kubeconfigs, each with a current-context; the second has relative paths in a folder of its own. */
function writeKubeconfigs([tracer = '', withoutExec = '', withoutEphemeral = '']: readonly string[]): void {
  mkdirSync(join(folder, 'sub'));
  const authority = { 'certificate-authority': pki('ca.crt') };
  const named = (key: string, entries: Record<string, object>): object[] =>
    Object.entries(entries).map(([name, value]) => ({ name, [key]: value }));
  const write = (path: string, content: unknown): void =>
    writeFileSync(join(folder, path), JSON.stringify(content));
  write('a.json', {
    'current-context': 'first',
    clusters: named('cluster', { first: { server: apiServerUrl, ...authority } }),
    users: named('user', {
      tracer: { token: tracer },
      admin: { 'client-certificate': pki('admin.crt'), 'client-key': pki('admin.key') },
    }),
    contexts: named('context', {
      first: { cluster: 'first', user: 'tracer', namespace: 'shop-baseline' },
      admin: { cluster: 'first', user: 'admin' },
    }),
  });
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    command: './token.sh',
  };
  write('sub/b.json', {
    'current-context': 'second',
    clusters: named('cluster', { second: { server: otherUrl, ...authority } }),
    users: named('user', { 'by-file': { tokenFile: 'token' }, 'by-plugin': { exec } }),
    contexts: named('context', {
      second: { cluster: 'second', user: 'by-file', namespace: 'shop' },
      plugin: { cluster: 'second', user: 'by-plugin' },
    }),
  });
  writeFileSync(join(folder, 'sub/token'), withoutExec);
  const credential = {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    status: { token: withoutEphemeral },
  };
  writeFileSync(join(folder, 'sub/token.sh'), `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, {
    mode: 0o755,
  });
}

interface Case {
  readonly name: string;
  readonly files: readonly string[];
  readonly flags: () => ConnectionFlags;
  /** Whom the API server must see. */
  readonly user: string;
  readonly server?: 'other';
  readonly namespace?: string;
}

const both = ['a.json', 'sub/b.json'];
const account = (name: string): string => `system:serviceaccount:shop:${name}`;
const authority = { 'certificate-authority': pki('ca.crt') };
const none = (): ConnectionFlags => ({});
const cases: readonly Case[] = [
  {
    name: 'two current-contexts: the first counts',
    files: both,
    flags: none,
    user: account('tracer'),
    namespace: 'shop-baseline',
  },
  {
    name: 'in the other order',
    files: both.toReversed(),
    flags: none,
    user: account('tracer-without-exec'),
    server: 'other',
    namespace: 'shop',
  },
  {
    name: '--context, with a relative token file in the second file',
    files: both,
    flags: () => ({ context: 'second' }),
    user: account('tracer-without-exec'),
    server: 'other',
    namespace: 'shop',
  },
  {
    name: '--context, with a relative plugin in the second file',
    files: both,
    flags: () => ({ context: 'plugin' }),
    user: account('tracer-without-ephemeral'),
    server: 'other',
  },
  {
    name: '--user by token file',
    files: both,
    flags: () => ({ user: 'by-file' }),
    user: account('tracer-without-exec'),
    namespace: 'shop-baseline',
  },
  {
    name: '--user by plugin',
    files: both,
    flags: () => ({ user: 'by-plugin' }),
    user: account('tracer-without-ephemeral'),
    namespace: 'shop-baseline',
  },
  {
    name: '--cluster',
    files: both,
    flags: () => ({ cluster: 'second' }),
    user: account('tracer'),
    server: 'other',
    namespace: 'shop-baseline',
  },
  {
    name: '--as and --as-group',
    files: both,
    flags: () => ({ context: 'admin', as: 'eve', 'as-group': ['night-shift'] }),
    user: 'eve',
  },
  {
    name: 'a client certificate',
    files: both,
    flags: () => ({ context: 'admin' }),
    user: 'kubernetes-admin',
  },
  {
    name: '-n',
    files: both,
    flags: () => ({ namespace: 'kube-system' }),
    user: account('tracer'),
    namespace: 'kube-system',
  },
  {
    name: '--kubeconfig',
    files: both,
    flags: () => ({ kubeconfig: join(folder, 'sub/b.json') }),
    user: account('tracer-without-exec'),
    server: 'other',
    namespace: 'shop',
  },
  {
    name: '--server and --token without a kubeconfig',
    files: [],
    flags: () => ({ server: otherUrl, token: readFileSync(join(folder, 'sub/token'), 'utf8'), ...authority }),
    user: account('tracer-without-exec'),
    server: 'other',
  },
];

test.each(cases)(
  'kubectl and netdebug are the same to the API server: $name',
  async ({ files, flags, user, server, namespace }) => {
    const given = flags();
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      KUBECONFIG: files.map((file) => join(folder, file)).join(delimiter),
    };
    const expected = await askKubectl(given, environment);
    expect(expected).toMatchObject({
      server: server === 'other' ? otherUrl : apiServerUrl,
      namespace: namespace ?? 'default',
    });
    expect(expected.userInfo['username']).toBe(user);
    expect(await askNetdebug(given, environment)).toEqual(expected);
    // And so is the program itself, with the words that kubectl was given.
    const run = await start(['trace', 'pod/no-such-pod', '--verbose', ...words(given)], { env: environment })
      .done;
    expect(run.exitStatus).toBe(2);
    expect(run.stderr).toContain(
      expected.userInfo['username'] === 'eve'
        ? 'User "eve" cannot'
        : `Pod ${expected.namespace}/no-such-pod does not exist`,
    );
  },
);

interface Seen {
  readonly server: string;
  readonly namespace: string;
  readonly userInfo: Readonly<Record<string, unknown>>;
}

function words(flags: ConnectionFlags): string[] {
  return Object.entries(flags).flatMap(([name, value]) =>
    [value].flat().map((one) => `--${name}=${String(one)}`),
  );
}

async function askKubectl(flags: ConnectionFlags, env: Record<string, string>): Promise<Seen> {
  const given = words(flags);
  const said = await tryRun([kubectlPath, 'auth', 'whoami', '-o', 'json', ...given], { env });
  if (said.exitStatus !== 0) throw new Error(said.stderr);
  const review = JSON.parse(said.stdout) as { status: { userInfo: Record<string, unknown> } };
  const asked = await tryRun([kubectlPath, 'get', 'pod', 'no-such-pod', '-v=6', ...given], { env });
  const [, url = asked.stderr, namespace = ''] =
    /(https:\/\/[^/"]+)\/api\/v1\/namespaces\/([^/]+)\/pods/.exec(asked.stderr) ?? [];
  return { server: url, namespace, userInfo: review.status.userInfo };
}

async function askNetdebug(flags: ConnectionFlags, env: Record<string, string>): Promise<Seen> {
  const api = connect(flags, env);
  try {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const review = await api.create<{ status: { userInfo: Record<string, unknown> } }>(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body,
    );
    return { server: api.server, namespace: api.namespace, userInfo: review.status.userInfo };
  } finally {
    api.close();
  }
}
