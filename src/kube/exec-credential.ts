import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import tty from 'node:tty';
import { UserError } from '../errors.ts';
import { printable } from './printable.ts';
import type { ExecPlugin } from './kubeconfig.ts';
import type { Environment } from './load-kubeconfig.ts';
import type { Connection } from './connection.ts';

/** What a credential plugin handed out. */
export interface PluginCredential {
  /** "" if it gave a certificate only. */
  readonly token: string;
  /** PEM; "" if none. */
  readonly certificate: string;
  /** PEM; "" if none. */
  readonly key: string;
  /** Milliseconds since 1970; undefined: until the server refuses it. */
  readonly expiresAtMs: number | undefined;
}

const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** A credential is a few kilobytes; more is a plugin gone wrong. */
const maxOutputBytes = 1024 * 1024;

/**
 * Runs a credential plugin as kubectl does: KUBERNETES_EXEC_INFO in its environment, our standard
 * input if it may ask the user, its standard error shown. Throws {@link UserError}.
 */
export async function runCredentialPlugin(
  plugin: ExecPlugin,
  connection: Connection,
  environment: Environment,
): Promise<PluginCredential> {
  if (!apiVersions.includes(plugin.apiVersion))
    throw failure(
      plugin,
      `its apiVersion "${plugin.apiVersion}" is not supported; use ${apiVersions.join(' or ')}`,
    );
  const isInteractive = mayAsk(plugin);
  const info = JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: plugin.apiVersion,
    spec: { ...clusterInfo(plugin, connection), interactive: isInteractive },
  });
  const env: Record<string, string | undefined> = { ...environment };
  for (const variable of plugin.env) env[variable.name] = variable.value;
  env['KUBERNETES_EXEC_INFO'] = `${info}\n`;
  return readCredential(plugin, await run(plugin, env, isInteractive));
}

function mayAsk(plugin: ExecPlugin): boolean {
  const isTerminal = tty.isatty(0);
  if (plugin.interactiveMode === 'Always' && !isTerminal)
    throw failure(
      plugin,
      'it must ask the user (interactiveMode Always), and standard input is not a terminal',
    );
  return plugin.interactiveMode !== 'Never' && isTerminal;
}

function clusterInfo(plugin: ExecPlugin, connection: Connection): object {
  if (!plugin.provideClusterInfo) return {};
  const { tls } = connection;
  const ca = tls.caData || (tls.caFile === '' ? '' : readFileSync(tls.caFile).toString('base64'));
  return {
    cluster: {
      server: connection.serverAsWritten,
      ...(tls.serverName === '' ? {} : { 'tls-server-name': tls.serverName }),
      ...(tls.insecureSkipVerify ? { 'insecure-skip-tls-verify': true } : {}),
      ...(ca === '' ? {} : { 'certificate-authority-data': ca }),
      ...(connection.proxyUrl === '' ? {} : { 'proxy-url': connection.proxyUrl }),
      ...(connection.disableCompression ? { 'disable-compression': true } : {}),
      config: connection.credentials.execExtension ?? null,
    },
  };
}

function run(
  plugin: ExecPlugin,
  env: Record<string, string | undefined>,
  isInteractive: boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(plugin.command, plugin.args, {
      env,
      stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    let lengthBytes = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      lengthBytes += chunk.length;
      if (lengthBytes > maxOutputBytes) child.kill();
      else chunks.push(chunk);
    });
    child.on('error', (error) =>
      reject(
        failure(
          plugin,
          (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'the executable was not found' : error.message,
          error,
        ),
      ),
    );
    child.on('close', (code, signal) => {
      if (lengthBytes > maxOutputBytes) reject(failure(plugin, 'it printed more than 1 MiB'));
      else if (code !== 0)
        reject(
          failure(plugin, `it failed with ${signal === null ? `exit code ${code}` : `signal ${signal}`}`),
        );
      else resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

interface ExecCredentialDocument {
  readonly kind?: unknown;
  readonly apiVersion?: unknown;
  readonly status?: {
    readonly token?: unknown;
    readonly clientCertificateData?: unknown;
    readonly clientKeyData?: unknown;
    readonly expirationTimestamp?: unknown;
  } | null;
}

function readCredential(plugin: ExecPlugin, output: string): PluginCredential {
  let document: ExecCredentialDocument | null;
  try {
    document = JSON.parse(output) as ExecCredentialDocument | null;
  } catch (error) {
    throw failure(plugin, 'its output is not JSON', error);
  }
  if (document?.kind !== 'ExecCredential' || document.apiVersion !== plugin.apiVersion) {
    throw failure(
      plugin,
      `it is configured for ${plugin.apiVersion} and returned ${String(document?.apiVersion)} ${String(document?.kind)}`,
    );
  }
  const { status } = document;
  if (status === undefined || status === null) throw failure(plugin, 'it returned no status field');
  const token = asString(status.token);
  const certificate = asString(status.clientCertificateData);
  const key = asString(status.clientKeyData);
  if (token === '' && certificate === '' && key === '')
    throw failure(plugin, 'it returned neither a token nor a certificate with its key');
  if ((certificate === '') !== (key === ''))
    throw failure(plugin, 'it returned only one of certificate and key');
  const expiresAtMs = Date.parse(asString(status.expirationTimestamp));
  return { token, certificate, key, expiresAtMs: Number.isNaN(expiresAtMs) ? undefined : expiresAtMs };
}

function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function failure(plugin: ExecPlugin, why: string, cause?: unknown): UserError {
  const hint = printable(plugin.installHint);
  return new UserError(
    `The credential plugin ${printable(plugin.command)} of the kubeconfig gave no credentials`,
    why,
    hint === ''
      ? 'Try it with: kubectl auth whoami; see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins'
      : hint,
    { cause },
  );
}
