import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCredentials } from '../../src/kube/credentials.ts';
import { resolveConnection } from '../../src/kube/resolve-connection.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'netdebug-credentials-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function credentialsOf(user: object) {
  const file = path.join(folder, 'config');
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  const environment = { PATH: process.env['PATH'] };
  return createCredentials(resolveConnection({ kubeconfig: file }, environment), environment);
}

/** A plugin that counts its runs in a file and puts the number into its token. */
function countingPlugin(status: string): object {
  const script = `n=$(($(cat ${folder}/runs)+1)); echo $n > ${folder}/runs; echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"token-'$n'"${status}}}'`;
  writeFileSync(path.join(folder, 'runs'), '0');
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
      command: 'sh',
      args: ['-c', script],
      installHint: 'get it \u001b[31mhere',
    },
  };
}

test('a plugin runs once as long as its credential is valid, also when asked twice at once', async () => {
  const credentials = credentialsOf(countingPlugin(',"expirationTimestamp":"2999-01-01T00:00:00Z"'));
  const both = await Promise.all([credentials.current(), credentials.current()]);
  expect(both.map((credential) => credential.authorization)).toEqual(['Bearer token-1', 'Bearer token-1']);
  expect((await credentials.current()).authorization).toBe('Bearer token-1');
  expect(readFileSync(path.join(folder, 'runs'), 'utf8').trim()).toBe('1');
});

test('a plugin runs again when its credential has expired or was refused', async () => {
  const expired = credentialsOf(countingPlugin(',"expirationTimestamp":"2001-01-01T00:00:00Z"'));
  await expired.current();
  expect((await expired.current()).authorization).toBe('Bearer token-2');
  const refused = credentialsOf(countingPlugin(''));
  await refused.current();
  expect(await refused.renew()).toBe(true);
  expect((await refused.current()).authorization).toBe('Bearer token-2');
});

test("a plugin's install hint is shown, without its terminal escapes", async () => {
  const plugin = countingPlugin('') as { exec: object };
  const credentials = credentialsOf({ exec: { ...plugin.exec, command: 'no-such-plugin' } });
  await expect(credentials.current()).rejects.toMatchObject({
    name: 'UserError',
    why: 'the executable was not found',
    fix: 'get it U+001B[31mhere',
  });
});

test('a token file is read again after a refusal', async () => {
  const file = path.join(folder, 'token');
  writeFileSync(file, 'old\n');
  const credentials = credentialsOf({ tokenFile: 'token' });
  expect((await credentials.current()).authorization).toBe('Bearer old');
  expect(await credentials.renew()).toBe(false);
  writeFileSync(file, 'new');
  expect(await credentials.renew()).toBe(true);
  expect((await credentials.current()).authorization).toBe('Bearer new');
});
