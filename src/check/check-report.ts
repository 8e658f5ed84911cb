import type { CaptureSummary } from '../capture/capture.ts';
import type { Finding } from '../detect/finding.ts';
import type { CauseConfidence, CauseId, PolicySuspect, Unknown } from '../explain/explanation.ts';
import type { Decision } from '../policy/flow.ts';

/** What `check` found out about one way through the cluster, in the form in which it is printed as JSON. */
export interface CheckReport {
  readonly checkVersion: '1.0';
  readonly tool: { readonly name: 'kubectl-netdebug'; readonly version: string };
  readonly verdict: CheckVerdict;
  /** Who asks: "pod/shop/client", or an address. */
  readonly from: string;
  /** Whom, as it was asked for. */
  readonly to: string;
  /** In the order in which a packet meets them. */
  readonly layers: readonly CheckLayer[];
  readonly policy: PolicyAnswer;
  /** What was tried from inside FROM; []: nothing was sent. */
  readonly probes: readonly ProbeResult[];
  /** Those of the first failing layer first. */
  readonly causes: readonly CheckCause[];
  readonly policySuspects: readonly Omit<PolicySuspect, 'findingIndexes'>[];
  readonly unknowns: readonly Unknown[];
  /** Of the packets that were captured while the probes ran. */
  readonly findings: readonly Finding[];
  readonly captures: readonly CaptureSummary[];
  /** Kubernetes names of addresses in this report. */
  readonly names: Readonly<Record<string, string>>;
}

/**
 * - `open`: nothing that could be looked at stands in the way; a probe may have shown it.
 * - `fails`: a layer fails, for all that is sent or for a part of it.
 * - `unknown`: nothing fails, but something that decides could not be read or tried.
 */
export type CheckOutcome = 'open' | 'fails' | 'unknown';

export interface CheckVerdict {
  readonly outcome: CheckOutcome;
  /** The first layer that fails, or that is not known; '' if the way is open. */
  readonly layer: LayerId | '';
  /** One sentence. */
  readonly text: string;
}

/** `warning`: it works, or may work, and something about it is not as it should be. */
export type LayerStatus = 'ok' | 'fails' | 'warning' | 'unknown';

/** The layers that the cluster's objects tell about, then those that only a probe shows. */
export type LayerId =
  | 'from'
  | 'dns'
  | 'service'
  | 'endpoints'
  | 'policy'
  | 'path'
  | 'backend'
  | 'connect'
  | 'tls'
  | 'http'
  | 'mtu'
  | 'udp';

export interface CheckLayer {
  readonly id: LayerId;
  readonly status: LayerStatus;
  /** One sentence without a full stop. */
  readonly seen: string;
  /** What to do where no cause says it; may be empty. */
  readonly fix: string;
  /** The next command to run; may be empty. */
  readonly next: string;
}

/** A cause as a trace names it, and the layer that it breaks. */
export interface CheckCause {
  readonly id: CauseId;
  readonly layer: LayerId;
  /** Without packets at most `likely`. */
  readonly confidence: CauseConfidence;
  readonly text: string;
  readonly evidence: readonly string[];
  readonly fix: string;
  readonly next: string;
}

/** What the policies say about the way, all endpoints together: `depends` where they differ. */
export interface PolicyAnswer {
  readonly verdict: Decision;
  readonly ingress: PolicyDirection;
  readonly egress: PolicyDirection;
  /** Each endpoint by itself. */
  readonly ways: readonly PolicyWay[];
}

export interface PolicyDirection {
  readonly verdict: Decision;
  /** "NetworkPolicy shop/web"; several that isolate the pod are listed; '': none decided. */
  readonly policy: string;
  /** The rule that decided, counted from 1; null: the lack of one, or no policy. */
  readonly rule: number | null;
  readonly reason: string;
}

export interface PolicyWay {
  /** "pod/shop/payments-1", or an address. */
  readonly to: string;
  readonly port: number;
  readonly protocol: string;
  readonly verdict: Decision;
  readonly ingress: PolicyDirection;
  readonly egress: PolicyDirection;
}

/** One thing that was tried from inside FROM. */
export interface ProbeResult {
  readonly layer: LayerId;
  /** "TCP to svc/payments:80 (10.96.3.4:80)". */
  readonly what: string;
  /** `skipped`: it could not be tried, `seen` says why. */
  readonly status: 'ok' | 'failed' | 'skipped';
  readonly seen: string;
  /** The address and port that it was sent to; '' if to none. */
  readonly server: string;
  /** Bytes of the segments in which alone an answer came; absent: it was not so. */
  readonly passedBytes?: number;
}
