import type { AuthProvider, ExecPlugin } from './kubeconfig.ts';

/** Where the API server is and as whom to speak to it; resolved, but with no file or plugin read yet. */
export interface Connection {
  /** URL without a slash at its end, "https://10.0.0.1:6443/prefix". */
  readonly server: string;
  /** The same as the kubeconfig or flag spells it, which is what credential plugins are told. */
  readonly serverAsWritten: string;
  /** Name of the context, "" if none. */
  readonly context: string;
  readonly namespace: string;
  /** 0: no limit. */
  readonly requestTimeoutMs: number;
  readonly disableCompression: boolean;
  /** `proxy-url` of the cluster; "" leaves it to the environment. */
  readonly proxyUrl: string;
  readonly tls: TlsSettings;
  readonly credentials: CredentialSettings;
  readonly impersonate: Impersonation;
  readonly origin: 'kubeconfig' | 'in-cluster' | 'nothing configured';
}

/** Paths, or base64 of PEM; data goes before paths. */
export interface TlsSettings {
  readonly insecureSkipVerify: boolean;
  readonly serverName: string;
  readonly caFile: string;
  readonly caData: string;
  readonly certFile: string;
  readonly certData: string;
  readonly keyFile: string;
  readonly keyData: string;
}

export interface CredentialSettings {
  readonly token: string;
  readonly tokenFile: string;
  readonly username: string;
  readonly password: string;
  readonly exec: ExecPlugin | undefined;
  /** What the cluster entry has for credential plugins. */
  readonly execExtension: unknown;
  readonly authProvider: AuthProvider | undefined;
}

export interface Impersonation {
  /** "" : nobody is impersonated. */
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Nobody is impersonated. */
export const noImpersonation: Impersonation = { user: '', uid: '', groups: [], extra: {} };
