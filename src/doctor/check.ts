import type { Facts } from '../cluster/facts.ts';
import type { NodeNetworksRead } from '../nodes/read-node-networks.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import type { NodeObject } from '../target/place.ts';

/** `failed`: something will not work; `warning`: it will, with less or with care; `unknown`: it could not be read or tried. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'unknown';

/** What one check says about one thing. */
export interface CheckResult {
  /** "namespace shop", "node node1"; "" for the cluster. */
  readonly subject: string;
  readonly status: CheckStatus;
  /** What was seen, one sentence without a full stop. */
  readonly seen: string;
  /** How to mend it, with commands to paste; "" if there is nothing to mend. */
  readonly fix: string;
}

/** What checks are told, and what they share. */
export interface DoctorContext {
  readonly api: KubeConnection;
  /** Namespaces that were asked about. */
  readonly namespaces: readonly string[];
  readonly image: string;
  /** Namespace for debug pods that the user named. */
  readonly debugNamespace: string | undefined;
  /** All nodes, read once. Rejects with ApiError. */
  readonly nodes: () => Promise<readonly NodeObject[]>;
  /** What the cluster says of its network, read once; what cannot be read is null or partial in it. */
  readonly facts: () => Promise<Facts>;
  /** What the nodes' own networks show, read once; null: nobody asked for it (`--read-node`). */
  readonly nodeNetworks: () => Promise<NodeNetworksRead | null>;
}

/**
 * One check: a file named as its id, and its line in the registry. It changes nothing in the cluster; what it
 * may not read is `unknown`. It may throw UserError and ApiError, which become `unknown`.
 */
export interface Check {
  readonly id: string;
  readonly run: (context: DoctorContext) => Promise<readonly CheckResult[]>;
}

/** A result of a check by its id. */
export interface Diagnosis extends CheckResult {
  readonly check: string;
}
