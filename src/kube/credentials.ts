import { readFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { runCredentialPlugin } from './exec-credential.ts';
import type { PluginCredential } from './exec-credential.ts';
import type { Environment } from './load-kubeconfig.ts';
import type { Connection } from './connection.ts';

/** As whom to speak to the API server right now. */
export interface Credential {
  /** Value of the Authorization header; "" if none is sent. */
  readonly authorization: string;
  /** Client certificate of a credential plugin, PEM; undefined if it gave none. */
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
}

/** Source of credentials that may expire. */
export interface Credentials {
  /** The credential to use for the next request. Throws {@link UserError} if none can be had. */
  readonly current: () => Promise<Credential>;
  /** After a 401: asks for a new credential. False if that would give the same one again. */
  readonly renew: () => Promise<boolean>;
}

/** A token file is read again when it was read longer ago than this; the kubelet rotates projected tokens. */
const tokenFileAgeMs = 10_000;

/**
 * Credentials in client-go's order: basic, token (the file goes before the fixed token whenever it
 * can be read), then a credential plugin, which is not run if a static certificate or one of the
 * former is there.
 */
export function createCredentials(connection: Connection, environment: Environment): Credentials {
  const settings = connection.credentials;
  const { tls } = connection;
  if (settings.username !== '' || settings.password !== '') {
    return fixed(`Basic ${Buffer.from(`${settings.username}:${settings.password}`).toString('base64')}`);
  }
  if (settings.tokenFile !== '') return fromTokenFile(settings.tokenFile, settings.token);
  if (settings.token !== '') return fixed(`Bearer ${settings.token}`);
  const hasCertificate =
    (tls.certFile !== '' || tls.certData !== '') && (tls.keyFile !== '' || tls.keyData !== '');
  if (settings.exec === undefined || hasCertificate) return fixed('');
  const { exec } = settings;
  return fromPlugin(() => runCredentialPlugin(exec, connection, environment));
}

function fixed(authorization: string): Credentials {
  return {
    current: () => Promise.resolve({ authorization, certificate: undefined }),
    renew: () => Promise.resolve(false),
  };
}

function fromTokenFile(file: string, fallback: string): Credentials {
  let token = fallback;
  let readAtMs = -Infinity;
  const read = (): string => {
    if (performance.now() - readAtMs < tokenFileAgeMs) return token;
    try {
      token = readFileSync(file, 'utf8').trim() || token;
    } catch (error) {
      if (token === '') throw unreadableToken(file, error);
    }
    readAtMs = performance.now();
    if (token === '') throw unreadableToken(file, new Error('the file is empty'));
    return token;
  };
  return {
    current: async () => ({ authorization: `Bearer ${read()}`, certificate: undefined }),
    renew: async () => {
      const before = token;
      readAtMs = -Infinity;
      return read() !== before;
    },
  };
}

function fromPlugin(run: () => Promise<PluginCredential>): Credentials {
  let running: Promise<PluginCredential> | undefined;
  let latest: PluginCredential | undefined;
  // A plugin may ask the user: never two at once.
  const refresh = (): Promise<PluginCredential> => {
    running ??= run().finally(() => (running = undefined));
    return running;
  };
  return {
    current: async () => {
      const isExpired = latest?.expiresAtMs !== undefined && Date.now() > latest.expiresAtMs;
      if (latest === undefined || isExpired) latest = await refresh();
      const { token, certificate, key } = latest;
      return {
        authorization: token === '' ? '' : `Bearer ${token}`,
        certificate: certificate === '' ? undefined : { certificate, key },
      };
    },
    renew: async () => {
      latest = await refresh();
      return true;
    },
  };
}

function unreadableToken(file: string, cause: unknown): UserError {
  return new UserError(
    `Cannot read the token file ${file}`,
    cause instanceof Error ? cause.message : String(cause),
    'Check "tokenFile" of the user in the kubeconfig, or give --token.',
    { cause },
  );
}
