import type { LabelSelectorFacts } from './facts.ts';

/**
 * AdminNetworkPolicy, BaselineAdminNetworkPolicy (v1alpha1) and ClusterNetworkPolicy (v1alpha2) in one form. Actions
 * are those of ClusterNetworkPolicy (Accept is v1alpha1's Allow).
 */
export interface AdminPolicyFacts {
  readonly kind: 'AdminNetworkPolicy' | 'BaselineAdminNetworkPolicy' | 'ClusterNetworkPolicy';
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: 'Admin' | 'Baseline';
  /** Lower ones come first. */
  readonly priority: number;
  readonly subject: NamespacedPodsFacts;
  readonly ingress: readonly AdminRuleFacts[];
  readonly egress: readonly AdminRuleFacts[];
  /** false: it is larger than what is taken over of one object, so rules of it are missing here. */
  readonly whole: boolean;
}

/** Pods by their namespace's and their own labels; null: not restricted by that. */
export interface NamespacedPodsFacts {
  readonly namespaceSelector: LabelSelectorFacts | null;
  readonly podSelector: LabelSelectorFacts | null;
}

export interface AdminRuleFacts {
  readonly name: string;
  /** 'Unknown': an action that this program does not know. */
  readonly action: 'Accept' | 'Deny' | 'Pass' | 'Unknown';
  readonly peers: readonly AdminPeerFacts[];
  /** null: every port of every protocol. */
  readonly ports: readonly AdminPortFacts[] | null;
}

/** Exactly one of the kinds of peer is set, the others are null; with none of them it is of a form that is not known. */
export interface AdminPeerFacts {
  readonly pods: NamespacedPodsFacts | null;
  /** Label keys whose values the peer's namespace must (not) share with the subject's (API v0.1.1). */
  readonly sameLabels: readonly string[];
  readonly notSameLabels: readonly string[];
  readonly networks: readonly string[] | null;
  readonly nodes: LabelSelectorFacts | null;
  readonly domainNames: readonly string[] | null;
}

export interface AdminPortFacts {
  /** '' for a named port, whose protocol the container port says. */
  readonly protocol: string;
  /** First and last port number; 0 and 65535 for all. */
  readonly first: number;
  readonly last: number;
  /** Name of a container port, '' for numbers. */
  readonly name: string;
  /** false: of a form that is not known. */
  readonly known: boolean;
}
