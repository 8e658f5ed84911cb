import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/kube/connect.ts';
import type { ConnectionFlags } from '../../src/kube/connection-flags.ts';
import { certificate, certificatePath, startEchoServer } from './echo-server.ts';
import type { EchoServer, Seen } from './echo-server.ts';

// kubectl itself is the measure: the same flags, files and environment must reach the same server as
// the same user. `KUBECTL` names another kubectl than the one on the PATH.
const kubectl = process.env['KUBECTL'] ?? 'kubectl';
const hasKubectl = spawnSync(kubectl, ['version', '--client']).status === 0;
if (!hasKubectl) console.warn('kubectl is not on the PATH: the comparison with kubectl is skipped');

let folder = '';
let first: EchoServer;
let second: EchoServer;
let plain: EchoServer;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'netdebug-kubeconfig-'));
  first = await startEchoServer('first', 'https');
  second = await startEchoServer('second', 'https');
  plain = await startEchoServer('plain', 'http');
  writeFiles();
});

afterAll(async () => {
  await Promise.all([first, second, plain].map((server) => server.close()));
  rmSync(folder, { recursive: true });
});

interface Case {
  readonly name: string;
  readonly flags: ConnectionFlags;
  /** Value of KUBECONFIG, entries separated by spaces, relative to the folder; undefined: not set. */
  readonly files?: string;
  readonly environment?: Record<string, string>;
}

const ca = { 'certificate-authority': certificatePath('ca.crt') };
const a = 'a.yaml';
const ab = 'a.yaml sub/b.yaml';

const cases: readonly Case[] = [
  { name: 'one file', flags: {}, files: a },
  { name: 'two current-contexts', flags: {}, files: ab },
  { name: 'two current-contexts, the other order', flags: {}, files: 'sub/b.yaml a.yaml' },
  { name: 'a missing file in the list', flags: {}, files: 'missing.yaml sub/b.yaml' },
  { name: 'empty entries in the list', flags: {}, files: '  a.yaml ' },
  { name: 'only missing files', flags: {}, files: 'missing.yaml' },
  { name: 'an empty file', flags: {}, files: 'empty.yaml a.yaml' },
  { name: '--context in the second file', flags: { context: 'b' }, files: ab },
  { name: '--context that does not exist', flags: { context: 'nowhere' }, files: ab },
  { name: '--kubeconfig goes before KUBECONFIG', flags: { kubeconfig: 'sub/b.yaml' }, files: a },
  { name: '--kubeconfig that does not exist', flags: { kubeconfig: 'missing.yaml' }, files: a },
  { name: '--user', flags: { user: 'bob' }, files: ab },
  { name: '--user that does not exist', flags: { user: 'nobody' }, files: ab },
  { name: '--cluster', flags: { cluster: 'b' }, files: ab },
  { name: '--cluster that does not exist', flags: { cluster: 'nowhere' }, files: ab },
  { name: '--cluster and --user', flags: { cluster: 'b', user: 'bob' }, files: ab },
  { name: '--server', flags: { server: 'SECOND' }, files: a },
  { name: '--server http sends no credentials', flags: { server: 'PLAIN' }, files: a },
  { name: '--server http impersonates', flags: { server: 'PLAIN', as: 'eve' }, files: a },
  { name: '--server as host:port', flags: { server: 'PLAIN-HOST' }, files: a },
  { name: '--token', flags: { token: 'from-flag' }, files: a },
  {
    name: '--token for a user with a token file',
    flags: { token: 'from-flag', user: 'file-user' },
    files: ab,
  },
  { name: '--token for a user with a certificate', flags: { token: 'from-flag', user: 'carol' }, files: a },
  { name: '--token for a user with a plugin', flags: { token: 'from-flag', user: 'plugin' }, files: ab },
  { name: 'a relative token file in the second file', flags: { user: 'file-user' }, files: ab },
  { name: 'token and tokenFile: the file counts', flags: { user: 'both' }, files: ab },
  { name: 'a token file that is missing', flags: { user: 'file-missing' }, files: ab },
  { name: 'a relative plugin in the second file', flags: { user: 'plugin' }, files: ab },
  {
    name: 'a plugin on the PATH',
    flags: { user: 'plugin-on-path' },
    files: ab,
    environment: { PATH: 'SUB' },
  },
  { name: 'a plugin of v1beta1 without interactiveMode', flags: { user: 'plugin-beta' }, files: ab },
  { name: 'a plugin of v1 without interactiveMode', flags: { user: 'plugin-no-mode' }, files: ab },
  {
    name: 'a plugin that is told the cluster',
    flags: { user: 'plugin-informed', cluster: 'informed' },
    files: ab,
  },
  {
    name: 'a plugin that is told a cluster without an extension',
    flags: { user: 'plugin-informed', 'disable-compression': true },
    files: ab,
  },
  { name: 'a plugin that hands out a certificate', flags: { user: 'plugin-certificate' }, files: ab },
  { name: 'a plugin that fails', flags: { user: 'plugin-fails' }, files: ab },
  { name: 'a plugin that is not there', flags: { user: 'plugin-missing' }, files: ab },
  { name: 'a plugin that must ask, without a terminal', flags: { user: 'plugin-always' }, files: ab },
  { name: 'a plugin that answers in another version', flags: { user: 'plugin-version' }, files: ab },
  { name: 'a client certificate', flags: { user: 'carol' }, files: a },
  { name: 'a client certificate as data', flags: { user: 'carol-data' }, files: a },
  {
    name: 'client certificate by flags',
    flags: {
      'client-certificate': certificatePath('client.crt'),
      'client-key': certificatePath('client.key'),
    },
    files: a,
  },
  {
    name: 'certificate flags over certificate data',
    flags: {
      user: 'carol-data',
      'client-certificate': certificatePath('client.crt'),
      'client-key': certificatePath('client.key'),
    },
    files: a,
  },
  {
    name: 'a certificate without a key',
    flags: { 'client-certificate': certificatePath('client.crt') },
    files: a,
  },
  { name: 'basic authentication', flags: { user: 'basic' }, files: a },
  { name: '--username and --password', flags: { username: 'u', password: 'p', user: 'carol' }, files: a },
  { name: '--username for a user with a token', flags: { username: 'u', password: 'p' }, files: a },
  { name: '--as', flags: { as: 'eve' }, files: a },
  {
    name: '--as with groups and uid',
    flags: { as: 'eve', 'as-group': ['x', 'y'], 'as-uid': '77' },
    files: a,
  },
  { name: '--as-group without --as', flags: { 'as-group': ['x'] }, files: a },
  { name: 'impersonation in the file, with extra', flags: { user: 'impersonator' }, files: ab },
  { name: '--as over impersonation in the file', flags: { user: 'impersonator', as: 'mallory' }, files: ab },
  { name: 'tls-server-name of the file', flags: { cluster: 'named' }, files: a },
  {
    name: '--server makes tls-server-name of the file void',
    flags: { cluster: 'named', server: 'SECOND' },
    files: a,
  },
  { name: '--tls-server-name', flags: { 'tls-server-name': 'api.example' }, files: a },
  { name: '--tls-server-name that does not fit', flags: { 'tls-server-name': 'other.example' }, files: a },
  { name: 'no CA', flags: { cluster: 'no-ca' }, files: a },
  { name: '--certificate-authority', flags: { cluster: 'no-ca', ...ca }, files: a },
  { name: '--certificate-authority over data', flags: { cluster: 'data', ...ca }, files: a },
  { name: 'CA as data', flags: { cluster: 'data' }, files: a },
  { name: 'CA as file and data', flags: { cluster: 'ca-twice' }, files: a },
  {
    name: '--insecure-skip-tls-verify',
    flags: { cluster: 'no-ca', 'insecure-skip-tls-verify': true },
    files: a,
  },
  { name: '--insecure-skip-tls-verify clears the CA', flags: { 'insecure-skip-tls-verify': true }, files: a },
  { name: 'insecure in the file', flags: { cluster: 'insecure' }, files: a },
  { name: 'insecure in the file with a CA by flag', flags: { cluster: 'insecure', ...ca }, files: a },
  { name: 'insecure and a CA in the file', flags: { cluster: 'insecure-with-ca' }, files: a },
  { name: '--server and --token without a kubeconfig', flags: { server: 'SECOND', token: 'alone', ...ca } },
  {
    name: '--server without scheme, with a CA, without a kubeconfig',
    flags: { server: 'SECOND-HOST', token: 'alone', ...ca },
  },
  {
    name: 'KUBERNETES_MASTER without a kubeconfig',
    flags: { token: 'alone', ...ca },
    environment: { KUBERNETES_MASTER: 'SECOND' },
  },
  {
    name: 'KUBERNETES_MASTER with a kubeconfig',
    flags: {},
    files: a,
    environment: { KUBERNETES_MASTER: 'SECOND' },
  },
  { name: 'nothing at all', flags: {} },
  { name: 'a duplicate name in one file', flags: {}, files: 'duplicate.yaml' },
  { name: 'broken YAML', flags: {}, files: 'broken.yaml a.yaml' },
  { name: 'a field of the wrong type', flags: {}, files: 'wrong-type.yaml' },
  { name: 'another kind', flags: {}, files: 'kind.yaml' },
  { name: 'a current-context that is missing', flags: {}, files: 'no-context.yaml' },
  {
    name: 'a current-context that is missing, with --cluster and --user',
    flags: { cluster: 'a', user: 'alice' },
    files: 'no-context.yaml a.yaml',
  },
  { name: 'a path below the server', flags: { cluster: 'prefix' }, files: a },
  { name: 'a proxy that is refused by its scheme', flags: { cluster: 'bad-proxy' }, files: a },
  { name: '--request-timeout that is no duration', flags: { 'request-timeout': 'soon' }, files: a },
  { name: '--request-timeout', flags: { 'request-timeout': '1m30s' }, files: a },
];

describe.skipIf(!hasKubectl)('the same server and the same user as kubectl', () => {
  test.each(cases)('$name', async (one) => {
    const flags = withUrls(one.flags);
    const environment = environmentOf(one);
    const expected = await askKubectl(flags, environment);
    const actual = await askNetdebug(flags, environment);
    expect(actual).toEqual(expected);
  });
});

function environmentOf(one: Case): Record<string, string> {
  const files = one.files?.split(' ').map((file) => (file === '' ? '' : path.join(folder, file)));
  const extra = Object.entries(one.environment ?? {}).map(
    ([key, value]) =>
      [
        key,
        key === 'PATH' ? `${path.join(folder, 'sub')}:${process.env['PATH'] ?? ''}` : urlOf(value),
      ] as const,
  );
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: path.join(folder, 'home'),
    ...(files === undefined ? {} : { KUBECONFIG: files.join(path.delimiter) }),
    ...Object.fromEntries(extra),
  };
}

function urlOf(value: string): string {
  const urls: Record<string, string> = {
    SECOND: second.url,
    'SECOND-HOST': `127.0.0.1:${second.port}`,
    PLAIN: plain.url,
    'PLAIN-HOST': `127.0.0.1:${plain.port}`,
  };
  return urls[value] ?? value;
}

function withUrls(flags: ConnectionFlags): ConnectionFlags {
  const result: ConnectionFlags = {
    ...flags,
    ...(flags.kubeconfig === undefined ? {} : { kubeconfig: path.join(folder, flags.kubeconfig) }),
  };
  return flags.server === undefined ? result : { ...result, server: urlOf(flags.server) };
}

/** Last request that a server saw, or "refused" if the client gave up first. */
function takeSeen(): Seen | 'refused' {
  const all = [first, second, plain].flatMap((server) => server.seen.splice(0));
  return all.at(-1) ?? 'refused';
}

async function askKubectl(
  flags: ConnectionFlags,
  environment: Record<string, string>,
): Promise<Seen | 'refused'> {
  const args = Object.entries(flags).flatMap(([name, value]) =>
    [value].flat().map((one) => `--${name}=${String(one)}`),
  );
  const child = spawn(kubectl, ['get', '--raw', '/whoami', ...args], { env: environment, stdio: 'ignore' });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const seen = takeSeen();
  return code === 0 ? seen : 'refused';
}

async function askNetdebug(
  flags: ConnectionFlags,
  environment: Record<string, string>,
): Promise<Seen | 'refused'> {
  try {
    const api = connect(flags, environment);
    await api.getText('/whoami');
    api.close();
    return takeSeen();
  } catch (error) {
    expect((error as Error).name).toBe('UserError');
    takeSeen();
    return 'refused';
  }
}

function writeFiles(): void {
  mkdirSync(path.join(folder, 'sub'));
  const data = (name: Parameters<typeof certificate>[0]): string =>
    Buffer.from(certificate(name)).toString('base64');
  const plugin = (fields: object): object => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
      command: './plugin.sh',
      ...fields,
    },
  });
  const named = (key: string, entries: Record<string, object>): object[] =>
    Object.entries(entries).map(([name, value]) => ({ name, [key]: value }));
  const caFile = certificatePath('ca.crt');
  const caData = { 'certificate-authority-data': data('ca.crt') };
  const write = (file: string, content: unknown): void =>
    writeFileSync(path.join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
  write('a.yaml', {
    'current-context': 'a',
    clusters: named('cluster', {
      a: { server: first.url, 'certificate-authority': caFile },
      shared: { server: first.url, ...caData },
      data: { server: first.url, ...caData },
      named: { server: first.url, ...caData, 'tls-server-name': 'api.example' },
      informed: {
        server: `${first.url}/below/`,
        ...caData,
        'tls-server-name': 'api.example',
        extensions: [
          { name: 'client.authentication.k8s.io/exec', extension: { audience: 'x', list: [1, 2] } },
        ],
      },
      'no-ca': { server: first.url },
      'ca-twice': { server: first.url, ...caData, 'certificate-authority': caFile },
      insecure: { server: first.url, 'insecure-skip-tls-verify': true },
      'insecure-with-ca': { server: first.url, ...caData, 'insecure-skip-tls-verify': true },
      prefix: { server: `${first.url}/prefix/`, ...caData },
      'bad-proxy': { server: first.url, ...caData, 'proxy-url': 'ftp://127.0.0.1:1' },
    }),
    users: named('user', {
      alice: { token: 'alice-token' },
      carol: {
        'client-certificate': certificatePath('client.crt'),
        'client-key': certificatePath('client.key'),
      },
      'carol-data': { 'client-certificate-data': data('client.crt'), 'client-key-data': data('client.key') },
      basic: { username: 'dave', password: 'secret' },
    }),
    contexts: named('context', {
      a: { cluster: 'a', user: 'alice', namespace: 'ns-a' },
      shared: { cluster: 'shared', user: 'alice' },
    }),
  });
  write('sub/b.yaml', {
    'current-context': 'b',
    clusters: named('cluster', {
      b: { server: second.url, ...caData },
      shared: { server: second.url, ...caData },
    }),
    users: named('user', {
      bob: { token: 'bob-token' },
      alice: { token: 'not-this-alice' },
      'file-user': { tokenFile: 'token.txt' },
      'file-missing': { tokenFile: 'nothing.txt' },
      both: { token: 'fixed', tokenFile: 'token.txt' },
      plugin: plugin({ args: ['from-args'], env: [{ name: 'EXTRA', value: 'from-env' }] }),
      'plugin-on-path': plugin({ command: 'plugin.sh' }),
      'plugin-beta': plugin({
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        interactiveMode: '',
        args: ['beta'],
      }),
      'plugin-informed': plugin({ provideClusterInfo: true }),
      'plugin-no-mode': plugin({ interactiveMode: '' }),
      'plugin-always': plugin({ interactiveMode: 'Always' }),
      'plugin-version': plugin({ args: ['v1beta1-answer'] }),
      'plugin-certificate': plugin({ command: './certificate.sh' }),
      'plugin-fails': plugin({ command: './fails.sh' }),
      'plugin-missing': plugin({ command: './missing.sh' }),
      impersonator: {
        token: 'imp',
        as: 'zoe',
        'as-uid': '5',
        'as-groups': ['g1', 'g2'],
        'as-user-extra': { 'example.com/reason': ['one', 'two'] },
      },
    }),
    contexts: named('context', {
      b: { cluster: 'b', user: 'bob' },
      shared: { cluster: 'shared', user: 'bob' },
    }),
  });
  write('sub/token.txt', 'file-token\n');
  const script = (file: string, body: string): void =>
    writeFileSync(path.join(folder, 'sub', file), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  // The token carries what the plugin was told, so that a difference shows.
  script(
    'plugin.sh',
    `version=v1; case "$1" in beta|v1beta1-answer) version=v1beta1;; esac
info=$(printf '%s' "$KUBERNETES_EXEC_INFO" | od -An -tx1 | tr -d ' \\n')
echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/'$version'","status":{"token":"'"$1-$EXTRA-$info"'"}}'`,
  );
  const certificateAnswer = {
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
    status: { clientCertificateData: certificate('client.crt'), clientKeyData: certificate('client.key') },
  };
  script('certificate.sh', `cat <<'END'\n${JSON.stringify(certificateAnswer)}\nEND`);
  script('fails.sh', 'exit 3');
  write('empty.yaml', '');
  write('broken.yaml', 'clusters: [\n');
  write('wrong-type.yaml', 'current-context: {}\n');
  write('kind.yaml', 'kind: Pod\napiVersion: v1\n');
  write('no-context.yaml', 'current-context: gone\n');
  write('duplicate.yaml', {
    'current-context': 'x',
    clusters: [
      { name: 'x', cluster: { server: first.url } },
      { name: 'x', cluster: { server: second.url } },
    ],
  });
}
