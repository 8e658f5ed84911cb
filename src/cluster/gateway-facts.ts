import type { ObjectName } from './facts.ts';
import type { IngressClassFacts, IngressFacts } from './ingress-facts.ts';

/**
 * What leads requests from outside to Services, by host and path. Read only where a finding is about HTTP or about
 * the address of a Gateway. Lists are null where they could not be read; those of kinds that the cluster does not
 * have are empty.
 */
export interface RouteFacts {
  readonly ingresses: readonly IngressFacts[] | null;
  readonly ingressClasses: readonly IngressClassFacts[] | null;
  readonly gateways: readonly GatewayFacts[] | null;
  readonly httpRoutes: readonly HttpRouteFacts[] | null;
  readonly referenceGrants: readonly ReferenceGrantFacts[] | null;
}

/** A Gateway (gateway.networking.k8s.io), reduced to whom it serves and what its controller says of it. */
export interface GatewayFacts extends ObjectName {
  readonly className: string;
  /** IP addresses of its status. */
  readonly addresses: readonly string[];
  readonly listeners: readonly ListenerFacts[];
  readonly conditions: readonly ConditionFacts[];
}

export interface ListenerFacts {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  /** '' for every host. */
  readonly hostname: string;
  /** allowedRoutes.namespaces.from: "Same" (the default), "All" or "Selector". */
  readonly allowedFrom: string;
  /** Empty as long as no controller has looked at it. */
  readonly conditions: readonly ConditionFacts[];
}

/** A condition of the API (metav1.Condition). */
export interface ConditionFacts {
  readonly type: string;
  /** "True", "False" or "Unknown". */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface HttpRouteFacts extends ObjectName {
  /** Empty: every host. */
  readonly hostnames: readonly string[];
  readonly parents: readonly ParentFacts[];
  readonly rules: readonly RouteRuleFacts[];
  /** What the controllers say of each parent. */
  readonly statuses: readonly {
    readonly parent: ParentFacts;
    readonly conditions: readonly ConditionFacts[];
  }[];
}

/** A Gateway that a route wants to hang on. */
export interface ParentFacts extends ObjectName {
  /** Name of the listener, '' for all. */
  readonly section: string;
}

export interface RouteRuleFacts {
  /** Empty: every path. */
  readonly paths: readonly { readonly type: string; readonly value: string }[];
  readonly backends: readonly RouteBackendFacts[];
}

export interface RouteBackendFacts extends ObjectName {
  readonly kind: string;
  /** 0: none is named. */
  readonly port: number;
}

export interface ReferenceGrantFacts extends ObjectName {
  readonly from: readonly { readonly kind: string; readonly namespace: string }[];
  /** `name` '' is every object of the kind. */
  readonly to: readonly { readonly kind: string; readonly name: string }[];
}
