import type http from 'node:http';
import { createCredentials } from './credentials.ts';
import type { Environment } from './load-kubeconfig.ts';
import type { Connection } from './connection.ts';

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
      // Imported here only: client-node takes 100 ms and 40 MB, and offline commands need no cluster.
      const { openAgent } = await import('./open-agent.ts');
      const opened = await openAgent(connection, credential, environment);
      agent = opened.agent;
      oidcAuthorization = opened.authorization;
      agentCertificate = certificate;
    }
    const authorization = credential.authorization || ((await oidcAuthorization?.()) ?? '');
    return {
      agent,
      headers: {
        'User-Agent': userAgent,
        ...impersonation,
        ...(authorization === '' ? {} : { Authorization: authorization }),
      },
    };
  };
  return { channel, renew: credentials.renew, close: () => agent?.destroy() };
}

function impersonationHeaders(connection: Connection): Record<string, string | readonly string[]> {
  const { user, uid, groups, extra } = connection.impersonate;
  if (user === '') return {};
  return {
    'Impersonate-User': user,
    ...(uid === '' ? {} : { 'Impersonate-Uid': uid }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': groups }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${escapeHeaderKey(key)}`, values]),
    ),
  };
}

/** Percent-encodes what may not stand in a header's name (client-go, headerKeyEscape). */
function escapeHeaderKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) =>
      /[A-Za-z0-9!#$&'*+\-.^_`|~]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}
