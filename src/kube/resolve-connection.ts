import { UserError } from '../errors.ts';
import { noImpersonation } from './connection.ts';
import type { Connection } from './connection.ts';
import { overridesOf } from './connection-flags.ts';
import type { ConnectionFlags } from './connection-flags.ts';
import { inClusterConnection, inClusterNamespace, inClusterPossible } from './in-cluster.ts';
import { emptyCluster, emptyContext, emptyKubeconfig, emptyUser, overlay } from './kubeconfig.ts';
import type { ClusterEntry, ContextEntry, Kubeconfig, Overrides, UserEntry } from './kubeconfig.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';
import type { Environment } from './load-kubeconfig.ts';
import { parseTimeoutMs } from './request-timeout.ts';
import { invalid, secured } from './secured.ts';
import { findConfigProblems } from './validate-config.ts';

const defaultServer = 'http://localhost:8080';

/**
 * Resolves flags, kubeconfig files and environment to one connection, by the rules of client-go's
 * DeferredLoadingClientConfig with kubectl's overrides. Throws {@link UserError}.
 */
export function resolveConnection(flags: ConnectionFlags, environment: Environment): Connection {
  const overrides = overridesOf(flags);
  const config = loadKubeconfig(overrides.kubeconfig, environment);
  const merged = mergeConnection(config, overrides, environment);
  const isDefault = sameButNamespace(
    merged,
    mergeConnection(emptyKubeconfig(), overridesOf({}), environment),
  );
  if (!isDefault) return merged;
  const inCluster = inClusterPossible(environment);
  const namespace =
    overrides.context.namespace ||
    explicitNamespace(config, overrides) ||
    (inCluster ? inClusterNamespace(environment) : 'default');
  if (inCluster) return { ...inClusterConnection(overrides, environment), namespace };
  return { ...merged, namespace, origin: 'nothing configured' };
}

function mergeConnection(config: Kubeconfig, overrides: Overrides, environment: Environment): Connection {
  const contextName = overrides.contextName || config.currentContext;
  const context = mergeContext(config, overrides, contextName);
  const user = pick(
    config.users,
    context.user,
    overrides.context.user !== '',
    'user',
    overlayUser(overrides),
  );
  const cluster = pick(
    config.clusters,
    context.cluster,
    overrides.context.cluster !== '',
    'cluster',
    overlayCluster(overrides, environment),
  );
  const problems = findConfigProblems(config, contextName, context, user, cluster);
  if (problems.length > 0) throw invalid(problems);
  return {
    ...secured(cluster.server, cluster, user),
    context: contextName,
    namespace: context.namespace || 'default',
    requestTimeoutMs: parseTimeoutMs(overrides.requestTimeout),
    disableCompression: cluster.disableCompression,
    proxyUrl: cluster.proxyUrl,
    impersonate:
      user.as === ''
        ? noImpersonation
        : { user: user.as, uid: user.asUid, groups: user.asGroups, extra: user.asUserExtra },
    origin: 'kubeconfig',
  };
}

function mergeContext(config: Kubeconfig, overrides: Overrides, name: string): ContextEntry {
  const found = config.contexts.get(name);
  if (found === undefined && overrides.contextName !== '')
    throw notFound('context', name, [...config.contexts.keys()]);
  return overlay(found ?? emptyContext(), overrides.context);
}

function pick<T>(
  entries: ReadonlyMap<string, T>,
  name: string,
  required: boolean,
  kind: string,
  merge: (found: T | undefined) => T,
): T {
  const found = entries.get(name);
  if (found === undefined && required) throw notFound(kind, name, [...entries.keys()]);
  return merge(found);
}

function overlayUser(overrides: Overrides): (found: UserEntry | undefined) => UserEntry {
  return (found) => overlay(found ?? emptyUser(), overrides.user);
}

function overlayCluster(
  overrides: Overrides,
  environment: Environment,
): (found: ClusterEntry | undefined) => ClusterEntry {
  return (found) => {
    const base: ClusterEntry = {
      ...emptyCluster(),
      server: environment['KUBERNETES_MASTER'] || defaultServer,
    };
    const cluster = overlay(found === undefined ? base : overlay(base, found), overrides.cluster);
    const flags = overrides.cluster;
    // --insecure-skip-tls-verify clears a CA of the file, --certificate-authority clears its data and its skipping.
    if (flags.insecureSkipTlsVerify || flags.certificateAuthority !== '') {
      cluster.insecureSkipTlsVerify = flags.insecureSkipTlsVerify;
      cluster.certificateAuthority = flags.certificateAuthority;
      cluster.certificateAuthorityData = '';
    }
    // A server of its own makes the file's tls-server-name void.
    if (flags.tlsServerName !== '' || flags.server !== '') cluster.tlsServerName = flags.tlsServerName;
    return cluster;
  };
}

function explicitNamespace(config: Kubeconfig, overrides: Overrides): string {
  return config.contexts.get(overrides.contextName || config.currentContext)?.namespace ?? '';
}

function sameButNamespace(one: Connection, other: Connection): boolean {
  const strip = (connection: Connection): string =>
    JSON.stringify({ ...connection, namespace: '', context: '' });
  return strip(one) === strip(other);
}

function notFound(kind: string, name: string, known: readonly string[]): UserError {
  const list = known.length === 0 ? 'the kubeconfig names none' : `it has: ${known.slice(0, 20).join(', ')}`;
  return new UserError(
    `The ${kind} "${name}" does not exist in the kubeconfig`,
    list,
    'Show what there is with: kubectl config view',
  );
}
