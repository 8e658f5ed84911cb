import { UserError } from '../errors.ts';
import { ApiError } from './kube-api.ts';
import { printable } from './printable.ts';
import type { Connection } from './connection.ts';

/** A network failure on the way to the API server, as the user should read it. */
export function connectionError(error: unknown, connection: Connection): UserError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = printable(error instanceof Error ? error.message || code : String(error));
  return new UserError(`No answer from the API server ${connection.server}`, why, fixFor(code, connection), {
    cause: error,
  });
}

/** The answer 401, as the user should read it. */
export function credentialsError(error: ApiError, connection: Connection): UserError {
  const context = connection.context === '' ? '' : ` (context ${connection.context})`;
  return new UserError(
    `The API server ${connection.server} does not accept your credentials${context}`,
    error.message,
    'They are missing or have expired: log in again, then check with: kubectl auth whoami',
    { cause: error },
  );
}

/** An error from a Status object of the API, or from whatever else a server or proxy answered. */
export function apiErrorFrom(status: number, body: string): ApiError {
  try {
    const parsed = JSON.parse(body) as {
      kind?: unknown;
      reason?: unknown;
      message?: unknown;
      details?: unknown;
    } | null;
    if (parsed?.kind === 'Status') {
      const details =
        typeof parsed.details === 'object' && parsed.details !== null
          ? (parsed.details as Record<string, unknown>)
          : {};
      return new ApiError(
        status,
        textOf(parsed.reason),
        textOf(parsed.message) || `HTTP status ${status}`,
        details,
      );
    }
  } catch {
    // Not JSON: a proxy's page, or a plain text such as "404 page not found"; quoted below.
  }
  const quoted = printable(body.slice(0, 300).trim());
  return new ApiError(
    status,
    '',
    quoted === '' ? `HTTP status ${status}` : `HTTP status ${status}: ${quoted}`,
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? printable(value) : '';
}

function fixFor(code: string, connection: Connection): string {
  if (connection.origin === 'nothing configured') {
    return 'No cluster is configured: name a kubeconfig with --kubeconfig or KUBECONFIG, or put one at ~/.kube/config.';
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'The name of the server cannot be looked up: check VPN and DNS, or "server" in the kubeconfig.';
  if (code === 'ECONNREFUSED')
    return 'Nothing listens there: is the cluster running, and is "server" in the kubeconfig right? Try: kubectl version';
  if (code === 'CERT_HAS_EXPIRED')
    return "The server's certificate has expired: renew it on the cluster (kubeadm: kubeadm certs check-expiration).";
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'The certificate is for another name: use that name in --server, or give it as --tls-server-name.';
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return 'The certificate is not signed by the authority in the kubeconfig: check certificate-authority-data, or give --certificate-authority.';
  if (/^Bad response|Proxy/.test(code))
    return 'The proxy refused the connection: check proxy-url, HTTPS_PROXY and NO_PROXY.';
  return 'Check VPN, proxy (HTTPS_PROXY, NO_PROXY, proxy-url) and firewall; then try: kubectl version';
}
