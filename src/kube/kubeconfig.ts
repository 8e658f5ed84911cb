/**
 * A kubeconfig as client-go holds it: empty strings, false and empty lists mean "not set"
 * (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/).
 */
export interface Kubeconfig {
  clusters: Map<string, ClusterEntry>;
  users: Map<string, UserEntry>;
  contexts: Map<string, ContextEntry>;
  currentContext: string;
}

export interface ClusterEntry {
  server: string;
  tlsServerName: string;
  insecureSkipTlsVerify: boolean;
  /** Path. */
  certificateAuthority: string;
  /** Base64 of PEM. */
  certificateAuthorityData: string;
  proxyUrl: string;
  disableCompression: boolean;
  /** The extension "client.authentication.k8s.io/exec", handed to credential plugins; undefined if none. */
  execExtension: unknown;
}

export interface UserEntry {
  /** Path. */
  clientCertificate: string;
  /** Base64 of PEM. */
  clientCertificateData: string;
  /** Path. */
  clientKey: string;
  /** Base64 of PEM. */
  clientKeyData: string;
  token: string;
  /** Path. */
  tokenFile: string;
  as: string;
  asUid: string;
  asGroups: readonly string[];
  asUserExtra: Readonly<Record<string, readonly string[]>>;
  username: string;
  password: string;
  authProvider: AuthProvider | undefined;
  exec: ExecPlugin | undefined;
}

export interface ContextEntry {
  cluster: string;
  user: string;
  namespace: string;
}

export interface AuthProvider {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

/** A credential plugin (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins). */
export interface ExecPlugin {
  command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: string;
}

/** What flags put in place of the kubeconfig's values. */
export interface Overrides {
  kubeconfig: string;
  contextName: string;
  /** As written: "30s", "5", "". */
  requestTimeout: string;
  context: ContextEntry;
  cluster: ClusterEntry;
  user: UserEntry;
}

export function emptyKubeconfig(): Kubeconfig {
  return { clusters: new Map(), users: new Map(), contexts: new Map(), currentContext: '' };
}

export function emptyCluster(): ClusterEntry {
  return {
    server: '',
    tlsServerName: '',
    insecureSkipTlsVerify: false,
    certificateAuthority: '',
    certificateAuthorityData: '',
    proxyUrl: '',
    disableCompression: false,
    execExtension: undefined,
  };
}

export function emptyUser(): UserEntry {
  return {
    clientCertificate: '',
    clientCertificateData: '',
    clientKey: '',
    clientKeyData: '',
    token: '',
    tokenFile: '',
    as: '',
    asUid: '',
    asGroups: [],
    asUserExtra: {},
    username: '',
    password: '',
    authProvider: undefined,
    exec: undefined,
  };
}

export function emptyContext(): ContextEntry {
  return { cluster: '', user: '', namespace: '' };
}

export function emptyOverrides(): Overrides {
  return {
    kubeconfig: '',
    contextName: '',
    requestTimeout: '',
    context: emptyContext(),
    cluster: emptyCluster(),
    user: emptyUser(),
  };
}

/** `base` with the values of `over` that are set put over it; maps are joined key by key. */
export function overlay<T extends object>(base: T, over: T): T {
  const result = { ...base };
  for (const key of Object.keys(over) as (keyof T)[]) {
    const value = over[key];
    if (isUnset(value)) continue;
    result[key] = key === 'asUserExtra' ? { ...base[key], ...value } : value;
  }
  return result;
}

function isUnset(value: unknown): boolean {
  if (value === undefined || value === '' || value === false) return true;
  return Array.isArray(value) && value.length === 0;
}
