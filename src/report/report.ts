import type { CaptureSummary } from '../capture/capture.ts';
import type { ApplicationRow, ConversationGroup, MeshLeg, SeenName } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import type { CapturePair } from '../matching/crossing.ts';
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
  /** Each two captures of one incident, and how well their packets match; empty: there is one, or they were not compared. */
  readonly pairs: readonly CapturePair[];
  readonly dns: readonly DnsNameRow[];
  /** Whose time it was where it was slow, slowest first. */
  readonly latencies: readonly Latency[];
  /** Servers that do the same work, side by side; those in which one stands out first. */
  readonly comparisons: readonly ServerComparison[];
  /** What applications said, by kind and then by count; at most 200 rows of a kind for each capture. */
  readonly applications: readonly ApplicationRow[];
  /** What proxies of a service mesh took over inside a pod, and passed on; absent: none was seen. */
  readonly meshLegs?: readonly MeshLeg[];
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

/**
 * Where the time went between a client and a server: `network` (the round trip, or data that had to be sent again),
 * `server` (to the first byte of its answer) or `client` (before it sent its next data).
 */
export interface Latency {
  /** Index into the report's `captures`. */
  readonly capture: number;
  readonly client: string;
  /** "address:port", IPv6 in brackets. */
  readonly server: string;
  readonly whose: 'network' | 'server' | 'client';
  /** Median round trip in milliseconds. */
  readonly networkMs: number;
  /** The longest times of server and client in milliseconds, without the round trip; null: none seen. */
  readonly serverMs: number | null;
  readonly clientMs: number | null;
  /** Data segments, and those sent again. */
  readonly segments: number;
  readonly sentAgain: number;
  /** One sentence with the three numbers. */
  readonly text: string;
}

/** In what a server is worse than those beside it. */
export type ServerDifference = 'failures' | 'failed-requests' | 'loss' | 'round-trip' | 'server-time';

/** The servers of one Service (`service`), of one name (`name`), or all that listen on one port (`port`). */
export interface ServerComparison {
  /** "svc/payments.shop on port 8443", "api.example on port 443", "port 8080". */
  readonly of: string;
  readonly by: 'service' | 'name' | 'port';
  readonly protocol: 'TCP' | 'UDP';
  /** Those that stand out first. */
  readonly servers: readonly ComparedServer[];
  /** Servers that are not listed. */
  readonly leftOut: number;
  /** One sentence about those that stand out; empty: they are alike, or there is too little to tell. */
  readonly text: string;
}

export interface ComparedServer {
  /** Index into the report's `captures`. */
  readonly capture: number;
  /** "address:port", IPv6 in brackets. */
  readonly server: string;
  /** Connections (UDP: exchanges) whose end is known, and those of them that failed. */
  readonly attempts: number;
  readonly failed: number;
  /** TCP data segments of both sides, and those that were sent again. */
  readonly segments: number;
  readonly sentAgain: number;
  /** Medians in milliseconds; null: none seen. `serverMs`: of each connection's longest time to an answer. */
  readonly handshakeMs: number | null;
  readonly roundTripMs: number | null;
  readonly serverMs: number | null;
  /** HTTP requests, and those that ended in a server error or in no response. */
  readonly requests: number;
  readonly failedRequests: number;
  readonly differs: readonly ServerDifference[];
}
