import type { ObjectName } from './facts.ts';

/** Whether a mesh's proxy takes connections in clear; UNSET: what the next wider policy says. */
export type MutualTlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE' | 'UNSET';

/** PeerAuthentication (security.istio.io): which pods' proxies demand mutual TLS. */
export interface PeerAuthenticationFacts extends ObjectName {
  /** Labels of the pods that it is for; {}: all of its namespace, or of the mesh where that is the root namespace. */
  readonly selector: Readonly<Record<string, string>>;
  readonly mode: MutualTlsMode;
  /** By port number of the pod; they count only with a selector. */
  readonly portModes: Readonly<Record<string, MutualTlsMode>>;
}
