import http from 'node:http';
import https from 'node:https';
import type { RequestOptions } from 'node:https';
import type { User } from '@kubernetes/client-node';
import { UserError } from '../errors.ts';
import { createCredentials } from './credentials.ts';
import type { Credential } from './credentials.ts';
import type { Environment } from './load-kubeconfig.ts';
import { proxyFromEnvironment } from './proxy-environment.ts';
import type { Connection } from './resolve-connection.ts';

/** What one request needs to reach the server as the right user. */
export interface Channel {
  /** Keeps connections open between requests where no proxy stands in between. */
  readonly agent: http.Agent;
  /** Authorization, impersonation and User-Agent. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** Opens the way to the API server, the same for REST and WebSocket. */
export interface Transport {
  /** Throws {@link UserError} if credentials or certificates cannot be had. */
  readonly channel: () => Promise<Channel>;
  /** After a 401: true if new credentials are there and the request is worth repeating. */
  readonly renew: () => Promise<boolean>;
  /** Closes idle connections. */
  readonly close: () => void;
}

const userAgent = 'kubectl-netdebug';

/** The transport of a resolved connection. */
export function createTransport(connection: Connection, environment: Environment): Transport {
  const credentials = createCredentials(connection, environment);
  const impersonation = impersonationHeaders(connection);
  let agent: http.Agent | undefined;
  let agentCertificate: string | undefined;
  let oidcAuthorization: (() => Promise<string>) | undefined;

  const channel = async (): Promise<Channel> => {
    const credential = await credentials.current();
    const certificate = credential.certificate?.certificate ?? '';
    if (agent === undefined || certificate !== agentCertificate) {
      agent?.destroy();
      const opened = await openAgent(connection, credential, environment);
      agent = opened.agent;
      oidcAuthorization = opened.authorization;
      agentCertificate = certificate;
    }
    const authorization = credential.authorization || ((await oidcAuthorization?.()) ?? '');
    return { agent, headers: { 'User-Agent': userAgent, ...impersonation, ...(authorization === '' ? {} : { Authorization: authorization }) } };
  };
  return { channel, renew: credentials.renew, close: () => agent?.destroy() };
}

interface OpenedAgent {
  readonly agent: http.Agent;
  /** Header of the "oidc" auth provider, which client-node renews. */
  readonly authorization: (() => Promise<string>) | undefined;
}

async function openAgent(connection: Connection, credential: Credential, environment: Environment): Promise<OpenedAgent> {
  const proxy = connection.proxyUrl || proxyFromEnvironment(connection.server, environment);
  const isSecure = connection.server.startsWith('https:');
  if (!isSecure && proxy === '') return { agent: new http.Agent({ keepAlive: true }), authorization: undefined };
  // Imported here only: it takes 100 ms and 40 MB, and offline commands need no cluster.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    {
      name: 'cluster',
      server: connection.server,
      skipTLSVerify: connection.tls.insecureSkipVerify,
      ...optional('caFile', connection.tls.caData === '' ? connection.tls.caFile : ''),
      ...optional('caData', connection.tls.caData),
      ...optional('tlsServerName', connection.tls.serverName),
      // Go lets a socks5 proxy look names up; client-node calls that socks5h.
      ...optional('proxyUrl', proxy.replace(/^socks5:/, 'socks5h:')),
    },
    { name: 'user', ...certificateOf(connection, credential), ...authProviderOf(connection) },
  );
  const options: RequestOptions = {};
  try {
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (error) {
    throw unusable(connection, error);
  }
  const authorization = connection.credentials.authProvider === undefined ? undefined : () => oidcHeader(kubeConfig);
  if (proxy !== '' && options.agent instanceof http.Agent) return { agent: options.agent, authorization };
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  try {
    return { agent: new https.Agent({ keepAlive: true, ca, cert, key, rejectUnauthorized, servername }), authorization };
  } catch (error) {
    throw unusable(connection, error);
  }
}

async function oidcHeader(kubeConfig: { applyToHTTPSOptions: (options: RequestOptions) => Promise<void> }): Promise<string> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const { headers } = options;
  return headers === undefined || Array.isArray(headers) ? '' : String((headers as http.OutgoingHttpHeaders)['Authorization'] ?? '');
}

function certificateOf(connection: Connection, credential: Credential): Partial<User> {
  const { tls } = connection;
  if (credential.certificate !== undefined) {
    return { certData: base64(credential.certificate.certificate), keyData: base64(credential.certificate.key) };
  }
  return {
    ...optional('certFile', tls.certData === '' ? tls.certFile : ''),
    ...optional('certData', tls.certData),
    ...optional('keyFile', tls.keyData === '' ? tls.keyFile : ''),
    ...optional('keyData', tls.keyData),
  };
}

function authProviderOf(connection: Connection): Partial<User> {
  const provider = connection.credentials.authProvider;
  if (provider === undefined) return {};
  if (provider.name === 'oidc') return { authProvider: provider };
  throw new UserError(
    `The auth provider "${provider.name}" of the kubeconfig is not supported`,
    'kubectl removed it in favour of credential plugins',
    'Use the exec plugin of the provider, such as gke-gcloud-auth-plugin or kubelogin.',
  );
}

function impersonationHeaders(connection: Connection): Record<string, string | readonly string[]> {
  const { user, uid, groups, extra } = connection.impersonate;
  if (user === '') return {};
  return {
    'Impersonate-User': user,
    ...(uid === '' ? {} : { 'Impersonate-Uid': uid }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': groups }),
    ...Object.fromEntries(Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${escapeHeaderKey(key)}`, values])),
  };
}

/** Percent-encodes what may not stand in a header's name (client-go, headerKeyEscape). */
function escapeHeaderKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => (/[A-Za-z0-9!#$&'*+\-.^_`|~]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`))
    .join('');
}

function optional<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [key]: value } as Partial<Record<K, string>>);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function unusable(connection: Connection, cause: unknown): UserError {
  return new UserError(
    `The certificates for ${connection.server} cannot be used`,
    cause instanceof Error ? cause.message : String(cause),
    'Check certificate-authority, client-certificate and client-key with: kubectl config view --minify',
    { cause },
  );
}
