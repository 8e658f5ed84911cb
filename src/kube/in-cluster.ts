import { readFileSync, statSync } from 'node:fs';
import { noImpersonation } from './connection.ts';
import type { Connection } from './connection.ts';
import { emptyCluster, emptyUser } from './kubeconfig.ts';
import type { Overrides } from './kubeconfig.ts';
import type { Environment } from './load-kubeconfig.ts';
import { secured } from './secured.ts';

/** Where the kubelet mounts a service account's token, CA and namespace. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** True in a pod with a service account's token. */
export function inClusterPossible(environment: Environment, folder: string = serviceAccountFolder): boolean {
  const token = statSync(`${folder}/token`, { throwIfNoEntry: false });
  return (
    (environment['KUBERNETES_SERVICE_HOST'] ?? '') !== '' &&
    (environment['KUBERNETES_SERVICE_PORT'] ?? '') !== '' &&
    token?.isFile() === true
  );
}

/** The pod's own service account, with what flags replace of it (client-go, inClusterClientConfig). */
export function inClusterConnection(
  overrides: Overrides,
  environment: Environment,
  folder: string = serviceAccountFolder,
): Connection {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const address = `https://${host.includes(':') ? `[${host}]` : host}:${environment['KUBERNETES_SERVICE_PORT'] ?? ''}`;
  const { token } = overrides.user;
  const user = { ...emptyUser(), token, tokenFile: token === '' ? `${folder}/token` : '' };
  const cluster = {
    ...emptyCluster(),
    certificateAuthority: overrides.cluster.certificateAuthority || `${folder}/ca.crt`,
  };
  return {
    ...secured(overrides.cluster.server || address, cluster, user),
    context: '',
    namespace: '',
    requestTimeoutMs: 0,
    disableCompression: false,
    proxyUrl: '',
    impersonate: noImpersonation,
    origin: 'in-cluster',
  };
}

/** The pod's namespace. */
export function inClusterNamespace(environment: Environment, folder: string = serviceAccountFolder): string {
  const fromEnvironment = environment['POD_NAMESPACE'] ?? '';
  if (fromEnvironment !== '') return fromEnvironment;
  try {
    return readFileSync(`${folder}/namespace`, 'utf8').trim() || 'default';
  } catch {
    // Not every pod has the file; client-go falls back in the same way.
    return 'default';
  }
}
