import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { overridesOf } from './connection-flags.ts';
import type { ConnectionFlags } from './connection-flags.ts';
import { emptyCluster, emptyContext, emptyUser, overlay } from './kubeconfig.ts';
import type { AuthProvider, ClusterEntry, ContextEntry, ExecPlugin, Kubeconfig, Overrides, UserEntry } from './kubeconfig.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';
import type { Environment } from './load-kubeconfig.ts';
import { parseTimeoutMs } from './request-timeout.ts';
import { findConfigProblems } from './validate-config.ts';

/** Where the API server is and as whom to speak to it; resolved, but with no file or plugin read yet. */
export interface Connection {
  /** URL without a slash at its end, "https://10.0.0.1:6443/prefix". */
  readonly server: string;
  /** The same as the kubeconfig or flag spells it, which is what credential plugins are told. */
  readonly serverAsWritten: string;
  /** Name of the context, "" if none. */
  readonly context: string;
  readonly namespace: string;
  /** 0: no limit. */
  readonly requestTimeoutMs: number;
  readonly disableCompression: boolean;
  /** `proxy-url` of the cluster; "" leaves it to the environment. */
  readonly proxyUrl: string;
  readonly tls: TlsSettings;
  readonly credentials: CredentialSettings;
  readonly impersonate: Impersonation;
  readonly origin: 'kubeconfig' | 'in-cluster' | 'nothing configured';
}

/** Paths, or base64 of PEM; data goes before paths. */
export interface TlsSettings {
  readonly insecureSkipVerify: boolean;
  readonly serverName: string;
  readonly caFile: string;
  readonly caData: string;
  readonly certFile: string;
  readonly certData: string;
  readonly keyFile: string;
  readonly keyData: string;
}

export interface CredentialSettings {
  readonly token: string;
  readonly tokenFile: string;
  readonly username: string;
  readonly password: string;
  readonly exec: ExecPlugin | undefined;
  /** What the cluster entry has for credential plugins. */
  readonly execExtension: unknown;
  readonly authProvider: AuthProvider | undefined;
}

export interface Impersonation {
  /** "" : nobody is impersonated. */
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
const defaultServer = 'http://localhost:8080';

/**
 * Resolves flags, kubeconfig files and environment to one connection, by the rules of client-go's
 * DeferredLoadingClientConfig with kubectl's overrides. Throws {@link UserError}.
 */
export function resolveConnection(flags: ConnectionFlags, environment: Environment): Connection {
  const overrides = overridesOf(flags);
  const config = loadKubeconfig(overrides.kubeconfig, environment);
  const merged = mergeConnection(config, overrides, environment);
  const isDefault = sameButNamespace(merged, mergeConnection({ ...config, clusters: new Map(), users: new Map(), contexts: new Map(), currentContext: '' }, overridesOf({}), environment));
  if (!isDefault) return merged;
  const inCluster = inClusterPossible(environment);
  const namespace = overrides.context.namespace || explicitNamespace(config, overrides) || (inCluster ? inClusterNamespace(environment) : 'default');
  if (inCluster) return { ...inClusterConnection(overrides, environment), namespace };
  return { ...merged, namespace, origin: 'nothing configured' };
}

function mergeConnection(config: Kubeconfig, overrides: Overrides, environment: Environment): Connection {
  const contextName = overrides.contextName || config.currentContext;
  const context = mergeContext(config, overrides, contextName);
  const user = pick(config.users, context.user, overrides.context.user !== '', 'user', overlayUser(overrides));
  const cluster = pick(config.clusters, context.cluster, overrides.context.cluster !== '', 'cluster', overlayCluster(overrides, environment));
  const problems = findConfigProblems(config, contextName, context, user, cluster);
  if (problems.length > 0) throw invalid(problems);
  return {
    ...secured(cluster.server, cluster, user),
    context: contextName,
    namespace: context.namespace || 'default',
    requestTimeoutMs: parseTimeoutMs(overrides.requestTimeout),
    disableCompression: cluster.disableCompression,
    proxyUrl: cluster.proxyUrl,
    impersonate: user.as === '' ? noImpersonation : { user: user.as, uid: user.asUid, groups: user.asGroups, extra: user.asUserExtra },
    origin: 'kubeconfig',
  };
}

const noImpersonation: Impersonation = { user: '', uid: '', groups: [], extra: {} };

/** Credentials and TLS settings are used for https servers only (client-go, IsConfigTransportTLS). */
function secured(serverAsWritten: string, cluster: ClusterEntry, user: UserEntry): Pick<Connection, 'server' | 'serverAsWritten' | 'tls' | 'credentials'> {
  const server = serverUrl(serverAsWritten);
  const isSecure = server.startsWith('https:');
  const who = isSecure ? user : emptyUser();
  const whom = isSecure ? cluster : emptyCluster();
  return {
    server,
    serverAsWritten,
    tls: {
      insecureSkipVerify: whom.insecureSkipTlsVerify,
      serverName: whom.tlsServerName,
      caFile: whom.certificateAuthority,
      caData: whom.certificateAuthorityData,
      certFile: who.clientCertificate,
      certData: who.clientCertificateData,
      keyFile: who.clientKey,
      keyData: who.clientKeyData,
    },
    credentials: {
      token: who.token,
      tokenFile: who.tokenFile,
      username: who.username,
      password: who.password,
      exec: who.exec,
      execExtension: whom.execExtension,
      authProvider: who.authProvider,
    },
  };
}

function mergeContext(config: Kubeconfig, overrides: Overrides, name: string): ContextEntry {
  const found = config.contexts.get(name);
  if (found === undefined && overrides.contextName !== '') throw notFound('context', name, [...config.contexts.keys()]);
  return overlay(found ?? emptyContext(), overrides.context);
}

function pick<T>(entries: ReadonlyMap<string, T>, name: string, required: boolean, kind: string, merge: (found: T | undefined) => T): T {
  const found = entries.get(name);
  if (found === undefined && required) throw notFound(kind, name, [...entries.keys()]);
  return merge(found);
}

function overlayUser(overrides: Overrides): (found: UserEntry | undefined) => UserEntry {
  return (found) => overlay(found ?? emptyUser(), overrides.user);
}

function overlayCluster(overrides: Overrides, environment: Environment): (found: ClusterEntry | undefined) => ClusterEntry {
  return (found) => {
    const base: ClusterEntry = { ...emptyCluster(), server: environment['KUBERNETES_MASTER'] || defaultServer };
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

function serverUrl(server: string): string {
  const url = URL.parse(server);
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return trimUrl(url);
  const hostAndPort = URL.parse(`http://${server}`);
  if (hostAndPort === null || hostAndPort.pathname !== '/') throw invalid([`host must be a URL or a host:port pair: "${server}"`]);
  return trimUrl(hostAndPort);
}

function trimUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

function inClusterPossible(environment: Environment): boolean {
  const token = statSync(`${serviceAccountFolder}/token`, { throwIfNoEntry: false });
  return (environment['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && (environment['KUBERNETES_SERVICE_PORT'] ?? '') !== '' && token?.isFile() === true;
}

function inClusterConnection(overrides: Overrides, environment: Environment): Connection {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const address = `https://${host.includes(':') ? `[${host}]` : host}:${environment['KUBERNETES_SERVICE_PORT'] ?? ''}`;
  const { token } = overrides.user;
  const user = { ...emptyUser(), token, tokenFile: token === '' ? `${serviceAccountFolder}/token` : '' };
  const cluster = { ...emptyCluster(), certificateAuthority: overrides.cluster.certificateAuthority || `${serviceAccountFolder}/ca.crt` };
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

function inClusterNamespace(environment: Environment): string {
  const fromEnvironment = environment['POD_NAMESPACE'] ?? '';
  if (fromEnvironment !== '') return fromEnvironment;
  try {
    return readFileSync(`${serviceAccountFolder}/namespace`, 'utf8').trim() || 'default';
  } catch {
    // Not every pod has the file; client-go falls back in the same way.
    return 'default';
  }
}

function explicitNamespace(config: Kubeconfig, overrides: Overrides): string {
  return config.contexts.get(overrides.contextName || config.currentContext)?.namespace ?? '';
}

function sameButNamespace(one: Connection, other: Connection): boolean {
  const strip = (connection: Connection): string => JSON.stringify({ ...connection, namespace: '', context: '' });
  return strip(one) === strip(other);
}

function notFound(kind: string, name: string, known: readonly string[]): UserError {
  const list = known.length === 0 ? 'the kubeconfig names none' : `it has: ${known.slice(0, 20).join(', ')}`;
  return new UserError(`The ${kind} "${name}" does not exist in the kubeconfig`, list, 'Show what there is with: kubectl config view');
}

function invalid(problems: readonly string[]): UserError {
  return new UserError('The kubeconfig cannot be used', problems.join('; '), 'Show what is in use with: kubectl config view --minify');
}
