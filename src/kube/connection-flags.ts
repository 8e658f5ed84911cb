import { emptyOverrides } from './kubeconfig.ts';
import type { Overrides } from './kubeconfig.ts';

/**
 * Values of kubectl's standard connection flags, by flag name. A flag that was not given is
 * undefined; an empty string counts as not given, as in kubectl.
 */
export interface ConnectionFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly as?: string | undefined;
  readonly 'as-group'?: readonly string[] | undefined;
  readonly 'as-uid'?: string | undefined;
  readonly 'as-user-extra'?: readonly string[] | undefined;
  readonly 'certificate-authority'?: string | undefined;
  readonly 'client-certificate'?: string | undefined;
  readonly 'client-key'?: string | undefined;
  readonly 'insecure-skip-tls-verify'?: boolean | undefined;
  readonly 'tls-server-name'?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly 'request-timeout'?: string | undefined;
  readonly 'disable-compression'?: boolean | undefined;
  readonly 'cache-dir'?: string | undefined;
}

/** One connection flag as the command line declares it. */
export interface ConnectionFlag {
  readonly name: keyof ConnectionFlags;
  /** One letter, without the dash. */
  readonly alias?: string;
  /** `list`: may be given several times. */
  readonly type: 'string' | 'boolean' | 'list';
  readonly description: string;
  /** What the value replaces in the resolved configuration. */
  readonly override: (into: Overrides, value: string) => void;
}

const ignored = (): void => undefined;

/** The standard connection flags of kubectl, in the order in which `--help` prints them. */
export const connectionFlags: readonly ConnectionFlag[] = [
  {
    name: 'kubeconfig',
    type: 'string',
    description: 'Path of the kubeconfig file; no other is read then',
    override: (into, value) => (into.kubeconfig = value),
  },
  {
    name: 'context',
    type: 'string',
    description: 'Name of the kubeconfig context to use',
    override: (into, value) => (into.contextName = value),
  },
  {
    name: 'cluster',
    type: 'string',
    description: 'Name of the kubeconfig cluster to use',
    override: (into, value) => (into.context.cluster = value),
  },
  {
    name: 'user',
    type: 'string',
    description: 'Name of the kubeconfig user to use',
    override: (into, value) => (into.context.user = value),
  },
  {
    name: 'namespace',
    alias: 'n',
    type: 'string',
    description: "Namespace of the target; default: the context's",
    override: (into, value) => (into.context.namespace = value),
  },
  {
    name: 'server',
    alias: 's',
    type: 'string',
    description: 'Address and port of the API server',
    override: (into, value) => (into.cluster.server = value),
  },
  {
    name: 'token',
    type: 'string',
    description: 'Bearer token for the API server',
    override: (into, value) => (into.user.token = value),
  },
  {
    name: 'as',
    type: 'string',
    description: 'User name to impersonate, may be a service account',
    override: (into, value) => (into.user.as = value),
  },
  {
    name: 'as-group',
    type: 'list',
    description: 'Group to impersonate, may be repeated',
    override: (into, value) => (into.user.asGroups = [...into.user.asGroups, value]),
  },
  {
    name: 'as-uid',
    type: 'string',
    description: 'UID to impersonate',
    override: (into, value) => (into.user.asUid = value),
  },
  {
    name: 'as-user-extra',
    type: 'list',
    description: 'Extra attribute to impersonate, KEY=VALUE, may be repeated',
    override: addUserExtra,
  },
  {
    name: 'certificate-authority',
    type: 'string',
    description: "Path of the certificate authority's file",
    override: (into, value) => (into.cluster.certificateAuthority = value),
  },
  {
    name: 'client-certificate',
    type: 'string',
    description: 'Path of the client certificate for TLS',
    override: (into, value) => (into.user.clientCertificate = value),
  },
  {
    name: 'client-key',
    type: 'string',
    description: 'Path of the client key for TLS',
    override: (into, value) => (into.user.clientKey = value),
  },
  {
    name: 'insecure-skip-tls-verify',
    type: 'boolean',
    description: "Do not check the server's certificate",
    override: (into) => (into.cluster.insecureSkipTlsVerify = true),
  },
  {
    name: 'tls-server-name',
    type: 'string',
    description: "Name to expect in the server's certificate",
    override: (into, value) => (into.cluster.tlsServerName = value),
  },
  {
    name: 'username',
    type: 'string',
    description: 'User name for basic authentication',
    override: (into, value) => (into.user.username = value),
  },
  {
    name: 'password',
    type: 'string',
    description: 'Password for basic authentication',
    override: (into, value) => (into.user.password = value),
  },
  {
    name: 'request-timeout',
    type: 'string',
    description: 'Longest wait for one answer of the server, such as 30s; 0: no limit',
    override: (into, value) => (into.requestTimeout = value),
  },
  {
    name: 'disable-compression',
    type: 'boolean',
    description: 'Do not ask the server for compressed answers',
    override: (into) => (into.cluster.disableCompression = true),
  },
  {
    name: 'cache-dir',
    type: 'string',
    description: "Accepted as kubectl's; this program keeps no cache of the API",
    override: ignored,
  },
];

/** What the given flags override in a kubeconfig. */
export function overridesOf(flags: ConnectionFlags): Overrides {
  const overrides = emptyOverrides();
  for (const flag of connectionFlags) {
    const value: string | boolean | readonly string[] | undefined = flags[flag.name];
    if (value === undefined || value === '' || value === false) continue;
    if (typeof value === 'object') for (const one of value) flag.override(overrides, one);
    else flag.override(overrides, String(value));
  }
  return overrides;
}

function addUserExtra(into: Overrides, value: string): void {
  const cut = value.indexOf('=');
  const key = cut < 0 ? value : value.slice(0, cut);
  const values = into.user.asUserExtra[key] ?? [];
  into.user.asUserExtra = {
    ...into.user.asUserExtra,
    [key]: [...values, cut < 0 ? '' : value.slice(cut + 1)],
  };
}
