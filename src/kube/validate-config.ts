import { closeSync, openSync } from 'node:fs';
import type { ClusterEntry, ContextEntry, ExecPlugin, Kubeconfig, UserEntry } from './kubeconfig.ts';

const interactiveModes = ['Never', 'IfAvailable', 'Always'];

/** What client-go's ConfirmUsable refuses in the parts of a kubeconfig that are in use; empty: usable. */
export function findConfigProblems(
  config: Kubeconfig,
  contextName: string,
  context: ContextEntry,
  user: UserEntry,
  cluster: ClusterEntry,
): string[] {
  const missing =
    contextName !== '' && !config.contexts.has(contextName)
      ? [`context was not found for specified context: ${contextName}`]
      : [];
  return [...missing, ...userProblems(context.user, user), ...clusterProblems(context.cluster, cluster)];
}

function clusterProblems(name: string, cluster: ClusterEntry): string[] {
  const problems: string[] = [];
  const proxy = cluster.proxyUrl === '' ? '' : proxyProblem(cluster.proxyUrl);
  if (proxy !== '') problems.push(`invalid proxy-url "${cluster.proxyUrl}" for cluster "${name}": ${proxy}`);
  if (cluster.certificateAuthority !== '' && cluster.certificateAuthorityData !== '') {
    problems.push(`certificate-authority-data and certificate-authority are both specified for ${name}`);
  }
  if (
    cluster.insecureSkipTlsVerify &&
    (cluster.certificateAuthority !== '' || cluster.certificateAuthorityData !== '')
  ) {
    problems.push(
      `specifying a root certificates file with the insecure flag is not allowed (cluster ${name})`,
    );
  }
  return [...problems, ...unreadableFile('certificate-authority', cluster.certificateAuthority, name)];
}

function userProblems(name: string, user: UserEntry): string[] {
  const problems = certificateProblems(name, user);
  if (user.token !== '' && (user.username !== '' || user.password !== '')) {
    problems.push(
      `more than one authentication method found for ${name}; found [token basicAuth], only one is allowed`,
    );
  }
  if (user.exec !== undefined)
    problems.push(...execProblems(name, user.exec, user.authProvider !== undefined));
  const hasDetails =
    user.asUid !== '' || user.asGroups.length > 0 || Object.keys(user.asUserExtra).length > 0;
  if (hasDetails && user.as === '')
    problems.push(`requesting uid, groups or user-extra for ${name} without impersonating a user`);
  return problems;
}

function certificateProblems(name: string, user: UserEntry): string[] {
  if (user.clientCertificate === '' && user.clientCertificateData === '') return [];
  const problems: string[] = [];
  if (user.clientCertificate !== '' && user.clientCertificateData !== '')
    problems.push(`client-cert-data and client-cert are both specified for ${name}`);
  if (user.clientKey !== '' && user.clientKeyData !== '')
    problems.push(`client-key-data and client-key are both specified for ${name}`);
  if (user.clientKey === '' && user.clientKeyData === '') {
    problems.push(
      `client-key-data or client-key must be specified for ${name} to use the clientCert authentication method`,
    );
  }
  return [
    ...problems,
    ...unreadableFile('client-cert', user.clientCertificate, name),
    ...unreadableFile('client-key', user.clientKey, name),
  ];
}

function execProblems(name: string, exec: ExecPlugin, hasAuthProvider: boolean): string[] {
  const problems: string[] = [];
  if (hasAuthProvider)
    problems.push(`authProvider cannot be provided in combination with an exec plugin for ${name}`);
  if (exec.command === '')
    problems.push(`command must be specified for ${name} to use exec authentication plugin`);
  if (exec.apiVersion === '')
    problems.push(`apiVersion must be specified for ${name} to use exec authentication plugin`);
  if (exec.env.some((variable) => variable.name === ''))
    problems.push(`env variable name must be specified for ${name} to use exec authentication plugin`);
  if (exec.interactiveMode === '')
    problems.push(`interactiveMode must be specified for ${name} to use exec authentication plugin`);
  else if (!interactiveModes.includes(exec.interactiveMode))
    problems.push(`invalid interactiveMode for ${name}: "${exec.interactiveMode}"`);
  return problems;
}

function proxyProblem(proxyUrl: string): string {
  const scheme = URL.parse(proxyUrl)?.protocol.slice(0, -1);
  if (scheme === undefined) return 'could not parse it';
  return ['http', 'https', 'socks5'].includes(scheme)
    ? ''
    : `unsupported scheme "${scheme}", must be http, https, or socks5`;
}

function unreadableFile(what: string, file: string, name: string): string[] {
  if (file === '') return [];
  try {
    closeSync(openSync(file, 'r'));
    return [];
  } catch (error) {
    return [`unable to read ${what} ${file} for ${name}: ${(error as Error).message}`];
  }
}
