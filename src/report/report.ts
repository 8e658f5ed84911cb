import type { CaptureSummary } from '../capture/capture.ts';
import type { ApplicationRow, ConversationGroup, SeenName } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import type { Cause, PolicySuspect, Unknown } from '../explain/explanation.ts';

/** What a run found out, in the form in which it is printed as JSON; every other output is made from this. */
export interface Report {
  readonly schemaVersion: '1.0';
  readonly tool: { readonly name: 'kubectl-netdebug'; readonly version: string };
  readonly verdict: Verdict;
  readonly captures: readonly CaptureSummary[];
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** In order of rank. */
  readonly causes: readonly Cause[];
  /** Policies that may be behind findings; they are listed, not evaluated. */
  readonly policySuspects: readonly PolicySuspect[];
  readonly unknowns: readonly Unknown[];
  /** Findings first, then by packets. */
  readonly conversations: readonly ConversationGroup[];
  readonly dns: readonly DnsNameRow[];
  /** What applications said, by kind and then by count; at most 200 rows of a kind for each capture. */
  readonly applications: readonly ApplicationRow[];
  /** Kubernetes names of the addresses in this report: "10.96.3.4" → "svc/payments.shop". */
  readonly names: Readonly<Record<string, string>>;
  /** Names that the captures prove of further addresses in this report. */
  readonly seenNames: Readonly<Record<string, SeenName>>;
}

/**
 * - `findings`: something is wrong.
 * - `not-the-network`: something is slow or failing, and it was shown that the network is not the reason.
 * - `healthy`: traffic was seen and none of it failed.
 * - `no-traffic`: nothing was captured; never reported as fine.
 * - `incomplete`: too much is missing to say anything.
 */
export type Outcome = 'findings' | 'not-the-network' | 'healthy' | 'no-traffic' | 'incomplete';

export interface Verdict {
  readonly outcome: Outcome;
  /** One sentence that is true. */
  readonly text: string;
}

export interface DnsNameRow {
  readonly capture: number;
  readonly client: string;
  readonly server: string;
  readonly name: string;
  readonly type: string;
  /** "NOERROR", "NXDOMAIN", "no answer" … */
  readonly result: string;
  readonly queries: number;
  /** Queries that ended in NXDOMAIN: their time was spent for nothing. */
  readonly wasted: number;
  /** Median and 95th percentile of the time to the answer in milliseconds; null: none. */
  readonly answerMs: number | null;
  readonly answerP95Ms: number | null;
}
