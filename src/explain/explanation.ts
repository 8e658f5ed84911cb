import type { FindingId } from '../detect/finding.ts';

/** An explanation's result: why a finding happens, how sure that is, the proof and the way out. */

/** `certain` only if the facts alone would produce the symptom and the packets show it. */
export type CauseConfidence = 'certain' | 'likely' | 'possible';

/** Ids never change after a release: file name = id = documentation page = scenario. */
export type CauseId =
  | 'accept-queue-full'
  | 'client-slow'
  | 'conntrack-full'
  | 'coredns-down'
  | 'coredns-misconfigured'
  | 'coredns-upstream-dead'
  | 'dns-conntrack-race'
  | 'dns-name-misspelt'
  | 'dns-search-amplification'
  | 'endpoints-not-ready'
  | 'external-name-misleading'
  | 'gateway-not-accepted'
  | 'hairpin-off'
  | 'idle-timeout'
  | 'image-cannot-capture'
  | 'ingress-backend-missing'
  | 'kube-proxy-stale'
  | 'listens-on-loopback'
  | 'local-traffic-policy-without-endpoint'
  | 'mesh-mtls-mismatch'
  | 'mtu-too-large'
  | 'networkpolicy-denies'
  | 'nobody-listens'
  | 'node-bridge-nf-off'
  | 'node-firewall'
  | 'node-ip-forward-off'
  | 'node-rp-filter'
  | 'one-bad-endpoint'
  | 'overlay-blocked'
  | 'plaintext-to-tls'
  | 'pod-asks-other-dns'
  | 'pod-gone'
  | 'policy-blocks-dns'
  | 'policy-without-enforcer'
  | 'server-crashed'
  | 'server-slow'
  | 'service-selector-mismatch'
  | 'service-without-endpoints'
  | 'stale-endpoint'
  | 'target-port-mismatch'
  | 'tls-certificate-expired'
  | 'tls-name-mismatch'
  | 'tls-to-plaintext';

export interface Cause {
  readonly id: CauseId;
  readonly confidence: CauseConfidence;
  /** Ids of the findings that it explains, each once, in the report's order; empty: a note beside them. */
  readonly findings: readonly FindingId[];
  /** Indexes of those findings in the report's `findings`. */
  readonly findingIndexes: readonly number[];
  /** One sentence that names the objects: "Service shop/payments has no endpoints: no pod has app=paymnts". */
  readonly text: string;
  /** What proves it, one plain sentence each: packets with frame numbers, objects with their path. */
  readonly evidence: readonly string[];
  /** What to do, if possible lines to paste. */
  readonly fix: string;
  /** The next command to run. */
  readonly next: string;
}

/** Something that would have decided and could not be read. */
export interface Unknown {
  readonly what: string;
  readonly why: string;
  /** The command that reads it. */
  readonly next: string;
}

/**
 * Why a policy may be behind a finding: it was evaluated and does not surely allow the traffic, or it could not be
 * evaluated. As long as there is a suspect for a silence, no other cause of it is above `possible`.
 */
export interface PolicySuspect {
  /** Indexes of the findings in the report's `findings`. */
  readonly findingIndexes: readonly number[];
  /** One sentence: "a NetworkPolicy may be dropping this: shop/default-deny selects the client pod shop/client". */
  readonly text: string;
  /** The command that shows the policy, or lets it be read. */
  readonly next: string;
}

/** What the explanation stage hands on. */
export interface Explanation {
  /** In order of rank. */
  readonly causes: readonly Cause[];
  readonly unknowns: readonly Unknown[];
  readonly policySuspects: readonly PolicySuspect[];
  /** Kubernetes names of the addresses in findings and conversations: "10.96.3.4" → "svc/payments.shop". */
  readonly names: Readonly<Record<string, string>>;
}
