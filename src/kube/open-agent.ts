import http from 'node:http';
import https from 'node:https';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { User } from '@kubernetes/client-node';
import { UserError } from '../errors.ts';
import type { Credential } from './credentials.ts';
import type { Environment } from './load-kubeconfig.ts';
import { proxyFromEnvironment } from './proxy-environment.ts';
import type { Connection } from './connection.ts';

/** An agent that reaches the server with the right certificates, through the right proxy. */
export interface OpenedAgent {
  readonly agent: http.Agent;
  /** Header of the "oidc" auth provider, which client-node renews. */
  readonly authorization: (() => Promise<string>) | undefined;
}

/**
 * Opens an agent with client-node's reading of certificates and its proxy agents. Only its KubeConfig
 * is imported, so that a bundler leaves out its generated API. Throws {@link UserError}.
 */
export async function openAgent(
  connection: Connection,
  credential: Credential,
  environment: Environment,
): Promise<OpenedAgent> {
  const proxy = connection.proxyUrl || proxyFromEnvironment(connection.server, environment);
  const isSecure = connection.server.startsWith('https:');
  if (!isSecure && proxy === '')
    return { agent: new http.Agent({ keepAlive: true }), authorization: undefined };
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
  const authorization =
    connection.credentials.authProvider === undefined ? undefined : () => oidcHeader(kubeConfig);
  if (proxy !== '' && options.agent instanceof http.Agent) return { agent: options.agent, authorization };
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  try {
    return {
      agent: new https.Agent({ keepAlive: true, ca, cert, key, rejectUnauthorized, servername }),
      authorization,
    };
  } catch (error) {
    throw unusable(connection, error);
  }
}

async function oidcHeader(kubeConfig: {
  applyToHTTPSOptions: (options: RequestOptions) => Promise<void>;
}): Promise<string> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const { headers } = options;
  return headers === undefined || Array.isArray(headers)
    ? ''
    : String((headers as http.OutgoingHttpHeaders)['Authorization'] ?? '');
}

function certificateOf(connection: Connection, credential: Credential): Partial<User> {
  const { tls } = connection;
  if (credential.certificate !== undefined) {
    return {
      certData: base64(credential.certificate.certificate),
      keyData: base64(credential.certificate.key),
    };
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
