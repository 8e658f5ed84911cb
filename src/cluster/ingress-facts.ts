import type { ObjectName } from './facts.ts';

/** An Ingress, reduced to what its way to a Service depends on. */
export interface IngressFacts extends ObjectName {
  /** spec.ingressClassName, else the annotation of old; '' if neither is set. */
  readonly className: string;
  /** Default backend and those of the rules, in order; those that are no Service are left out. */
  readonly backends: readonly IngressBackendFacts[];
  /** Names of the TLS secrets, in the Ingress' own namespace. */
  readonly tlsSecrets: readonly string[];
  /** Where its controller serves it, as the status says. */
  readonly addresses: readonly string[];
}

export interface IngressBackendFacts {
  /** '' for every host. */
  readonly host: string;
  /** '' for the default backend. */
  readonly path: string;
  /** "Exact", "Prefix" or "ImplementationSpecific"; '' for the default backend. */
  readonly pathType: string;
  readonly service: string;
  /** Number or name of the Service's port. */
  readonly port: number | string;
}

export interface IngressClassFacts {
  readonly name: string;
  readonly isDefault: boolean;
}
