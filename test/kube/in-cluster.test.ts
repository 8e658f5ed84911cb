import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { overridesOf } from '../../src/kube/connection-flags.ts';
import { inClusterConnection, inClusterNamespace, inClusterPossible } from '../../src/kube/in-cluster.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'netdebug-account-'));
  writeFileSync(path.join(folder, 'token'), 't');
  writeFileSync(path.join(folder, 'namespace'), 'shop\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

test('a pod with a service account is recognised', () => {
  expect(inClusterPossible(environment, folder)).toBe(true);
  expect(inClusterPossible(environment, `${folder}/nothing`)).toBe(false);
  expect(inClusterPossible({ KUBERNETES_SERVICE_HOST: '10.96.0.1' }, folder)).toBe(false);
});

test('its token file, CA and namespace are used', () => {
  expect(inClusterConnection(overridesOf({}), environment, folder)).toMatchObject({
    server: 'https://10.96.0.1',
    tls: { caFile: `${folder}/ca.crt` },
    credentials: { token: '', tokenFile: `${folder}/token` },
    origin: 'in-cluster',
  });
  expect(inClusterNamespace(environment, folder)).toBe('shop');
  expect(inClusterNamespace({ ...environment, POD_NAMESPACE: 'other' }, folder)).toBe('other');
  expect(inClusterNamespace(environment, `${folder}/nothing`)).toBe('default');
});

test('flags replace token and CA, and IPv6 addresses get brackets', () => {
  const connection = inClusterConnection(
    overridesOf({ token: 'mine', 'certificate-authority': '/ca' }),
    { ...environment, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' },
    folder,
  );
  expect(connection).toMatchObject({
    server: 'https://[fd00::1]:6443',
    tls: { caFile: '/ca' },
    credentials: { token: 'mine', tokenFile: '' },
  });
});
