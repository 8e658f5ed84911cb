import { parseDocument } from 'yaml';
import { emptyCluster, emptyContext, emptyKubeconfig, emptyUser } from './kubeconfig.ts';
import type {
  AuthProvider,
  ClusterEntry,
  ContextEntry,
  ExecPlugin,
  Kubeconfig,
  UserEntry,
} from './kubeconfig.ts';

const execExtensionName = 'client.authentication.k8s.io/exec';

/** One value of a parsed YAML document with the path that led to it, for messages. */
interface Node {
  readonly path: string;
  readonly value: unknown;
}

/**
 * Reads one kubeconfig file. Fields that are unknown are ignored, as client-go does; a field of the
 * wrong type or a name that stands twice in one list throws an Error that names it.
 */
export function parseKubeconfig(text: string): Kubeconfig {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' });
  const broken = document.errors[0];
  if (broken !== undefined) throw new Error(broken.message.split('\n')[0] ?? broken.message);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const root: Node = { path: '', value };
  if (value === null || value === undefined) return emptyKubeconfig();
  checkKind(root);
  return {
    clusters: named(field(root, 'clusters'), 'cluster', readCluster),
    users: named(field(root, 'users'), 'user', readUser),
    contexts: named(field(root, 'contexts'), 'context', readContext),
    currentContext: stringOf(field(root, 'current-context')),
  };
}

function checkKind(root: Node): void {
  const kind = stringOf(field(root, 'kind'));
  const apiVersion = stringOf(field(root, 'apiVersion'));
  if (kind !== '' && kind !== 'Config') throw new Error(`no kind "${kind}" is registered for a kubeconfig`);
  if (apiVersion !== '' && apiVersion !== 'v1')
    throw new Error(`no version "${apiVersion}" of Config is known`);
}

function readCluster(node: Node): ClusterEntry {
  const extension = items(field(node, 'extensions')).find(
    (one) => stringOf(field(one, 'name')) === execExtensionName,
  );
  return {
    ...emptyCluster(),
    server: stringOf(field(node, 'server')),
    tlsServerName: stringOf(field(node, 'tls-server-name')),
    insecureSkipTlsVerify: flag(field(node, 'insecure-skip-tls-verify')),
    certificateAuthority: stringOf(field(node, 'certificate-authority')),
    certificateAuthorityData: base64(field(node, 'certificate-authority-data')),
    proxyUrl: stringOf(field(node, 'proxy-url')),
    disableCompression: flag(field(node, 'disable-compression')),
    execExtension: extension === undefined ? undefined : field(extension, 'extension').value,
  };
}

function readUser(node: Node): UserEntry {
  return {
    ...emptyUser(),
    clientCertificate: stringOf(field(node, 'client-certificate')),
    clientCertificateData: base64(field(node, 'client-certificate-data')),
    clientKey: stringOf(field(node, 'client-key')),
    clientKeyData: base64(field(node, 'client-key-data')),
    token: stringOf(field(node, 'token')),
    tokenFile: stringOf(field(node, 'tokenFile')),
    as: stringOf(field(node, 'as')),
    asUid: stringOf(field(node, 'as-uid')),
    asGroups: items(field(node, 'as-groups')).map(stringOf),
    asUserExtra: Object.fromEntries(
      entries(field(node, 'as-user-extra')).map(([key, list]) => [key, items(list).map(stringOf)]),
    ),
    username: stringOf(field(node, 'username')),
    password: stringOf(field(node, 'password')),
    authProvider: readAuthProvider(field(node, 'auth-provider')),
    exec: readExec(field(node, 'exec')),
  };
}

function readContext(node: Node): ContextEntry {
  return {
    ...emptyContext(),
    cluster: stringOf(field(node, 'cluster')),
    user: stringOf(field(node, 'user')),
    namespace: stringOf(field(node, 'namespace')),
  };
}

function readAuthProvider(node: Node): AuthProvider | undefined {
  if (isNone(node)) return undefined;
  const config = entries(field(node, 'config')).map(([key, value]) => [key, stringOf(value)] as const);
  return { name: stringOf(field(node, 'name')), config: Object.fromEntries(config) };
}

function readExec(node: Node): ExecPlugin | undefined {
  if (isNone(node)) return undefined;
  const apiVersion = stringOf(field(node, 'apiVersion'));
  const interactiveMode = stringOf(field(node, 'interactiveMode'));
  return {
    command: stringOf(field(node, 'command')),
    args: items(field(node, 'args')).map(stringOf),
    env: items(field(node, 'env')).map((one) => ({
      name: stringOf(field(one, 'name')),
      value: stringOf(field(one, 'value')),
    })),
    apiVersion,
    installHint: stringOf(field(node, 'installHint')),
    provideClusterInfo: flag(field(node, 'provideClusterInfo')),
    // Older versions of the API had no such field; v1 demands it.
    interactiveMode:
      interactiveMode === '' && /\/v1(alpha1|beta1)$/.test(apiVersion) ? 'IfAvailable' : interactiveMode,
  };
}

function named<T>(list: Node, key: string, read: (node: Node) => T): Map<string, T> {
  const result = new Map<string, T>();
  for (const one of items(list)) {
    const name = stringOf(field(one, 'name'));
    if (result.has(name)) throw new Error(`duplicate name "${name}" in list ${list.path}`);
    result.set(name, read(field(one, key)));
  }
  return result;
}

function field(node: Node, key: string): Node {
  const path = node.path === '' ? key : `${node.path}.${key}`;
  if (isNone(node)) return { path, value: undefined };
  if (typeof node.value !== 'object' || Array.isArray(node.value)) throw wrongType(node, 'a mapping');
  return {
    path,
    value: Object.hasOwn(node.value as object, key)
      ? (node.value as Record<string, unknown>)[key]
      : undefined,
  };
}

function entries(node: Node): [string, Node][] {
  if (isNone(node)) return [];
  if (typeof node.value !== 'object' || Array.isArray(node.value)) throw wrongType(node, 'a mapping');
  return Object.entries(node.value as object).map(([key, value]) => [
    key,
    { path: `${node.path}.${key}`, value },
  ]);
}

function items(node: Node): Node[] {
  if (isNone(node)) return [];
  if (!Array.isArray(node.value)) throw wrongType(node, 'a list');
  return node.value.map((value: unknown, index) => ({ path: `${node.path}[${index}]`, value }));
}

function stringOf(node: Node): string {
  if (isNone(node)) return '';
  if (typeof node.value !== 'string') throw wrongType(node, 'a string');
  return node.value;
}

function flag(node: Node): boolean {
  if (isNone(node)) return false;
  if (typeof node.value !== 'boolean') throw wrongType(node, 'true or false');
  return node.value;
}

function base64(node: Node): string {
  const value = stringOf(node).replaceAll(/[\r\n]/g, '');
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
    throw new Error(`${node.path} is not base64`);
  return value;
}

function isNone(node: Node): boolean {
  return node.value === undefined || node.value === null;
}

function wrongType(node: Node, wanted: string): Error {
  return new Error(`${node.path === '' ? 'the file' : node.path} must be ${wanted}`);
}
