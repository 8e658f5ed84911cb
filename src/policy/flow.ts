import type { PodFacts } from '../cluster/facts.ts';

/**
 * Nouns of policy evaluation. A *flow* is what a policy sees: one end, the other end, the protocol and the port
 * **on the pod**, after the Service's address was rewritten.
 */

/**
 * One end of a flow. `node`: a node, or a pod on its network, which no policy selects. `outside`: no pod of the
 * cluster. `unplaced`: an address of the cluster's ranges whose pod is not known.
 */
export type Host =
  | { readonly kind: 'pod'; readonly pod: PodFacts; readonly address: string }
  | { readonly kind: 'node'; readonly node: string; readonly address: string }
  | { readonly kind: 'outside' | 'unplaced'; readonly address: string };

export interface Flow {
  readonly from: Host;
  readonly to: Host;
  /** "TCP", "UDP" or "SCTP". */
  readonly protocol: string;
  readonly port: number;
}

export type Direction = 'ingress' | 'egress';

/** `depends`: the API leaves it to the implementation. `unknown`: what decides could not be read. */
export type Decision = 'allow' | 'deny' | 'depends' | 'unknown';

/** The rule that decided. */
export interface DecidingRule {
  readonly kind: string;
  /** '' for cluster-wide policies. */
  readonly namespace: string;
  readonly name: string;
  /** Indexes into the policy's rules of that direction and into that rule's peers; -1: the rule names no peers. */
  readonly rule: number;
  readonly peer: number;
}

/** A policy that isolates the pod and does not allow the flow. */
export interface IsolatingPolicy {
  readonly namespace: string;
  readonly name: string;
}

export interface DirectionVerdict {
  readonly decision: Decision;
  /** One clause: "rule 1 of NetworkPolicy shop/allow-web admits it". */
  readonly reason: string;
  /** null: no rule decided, but the lack of one. */
  readonly by: DecidingRule | null;
  /** Set where policies isolate the pod and none of them allows the flow. */
  readonly isolating: readonly IsolatingPolicy[];
}

/** Both directions must allow. */
export interface FlowVerdict {
  readonly decision: Decision;
  readonly egress: DirectionVerdict;
  readonly ingress: DirectionVerdict;
}

/** The end of a pod at an address; one on its node's network counts as that node. */
export function hostOfPod(pod: PodFacts, address: string = pod.addresses[0] ?? ''): Host {
  return pod.hostNetwork ? { kind: 'node', node: pod.node, address } : { kind: 'pod', pod, address };
}
