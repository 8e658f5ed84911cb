import { UserError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { emptyCluster, emptyUser } from './kubeconfig.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig.ts';

/** Credentials and TLS settings are used for https servers only (client-go, IsConfigTransportTLS). */
export function secured(
  serverAsWritten: string,
  cluster: ClusterEntry,
  user: UserEntry,
): Pick<Connection, 'server' | 'serverAsWritten' | 'tls' | 'credentials'> {
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

function serverUrl(server: string): string {
  const url = URL.parse(server);
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return trimUrl(url);
  const hostAndPort = URL.parse(`http://${server}`);
  if (hostAndPort === null || hostAndPort.pathname !== '/')
    throw invalid([`host must be a URL or a host:port pair: "${server}"`]);
  return trimUrl(hostAndPort);
}

function trimUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

/** The error for a configuration that kubectl would refuse as well. */
export function invalid(problems: readonly string[]): UserError {
  return new UserError(
    'The kubeconfig cannot be used',
    problems.join('; '),
    'Show what is in use with: kubectl config view --minify',
  );
}
