/**
 * A finding is a symptom read from packets alone: what was seen, where, how often, with the frames
 * that prove it. It never names a cause; causes are `explain/explanation.ts`.
 */

export type Severity = 'error' | 'warning' | 'info';

/** How sure the packets make us that the symptom is real (not how sure a cause is). */
export type FindingConfidence = 'high' | 'medium' | 'low';

/** Ids never change after a release: file name = id = documentation page = capture. */
export type FindingId =
  | 'application-error'
  | 'arp-no-answer'
  | 'capture-incomplete'
  | 'captured-twice'
  | 'connection-scan'
  | 'damaged-capture'
  | 'dns-late-reply'
  | 'dns-mismatched-reply'
  | 'dns-no-answer'
  | 'dns-nxdomain'
  | 'dns-port-unreachable'
  | 'dns-race'
  | 'dns-refused'
  | 'dns-search-waste'
  | 'dns-servfail'
  | 'dns-slow'
  | 'dns-truncated'
  | 'duplicate-address'
  | 'grpc-error'
  | 'hairpin-failed'
  | 'http-5xx'
  | 'http-keep-alive-race'
  | 'http-no-response'
  | 'http-slow'
  | 'http2-goaway'
  | 'icmp-unreachable'
  | 'latency-split'
  | 'lost-between'
  | 'midstream-capture'
  | 'nat-state-lost'
  | 'nd-no-answer'
  | 'offload'
  | 'one-way-capture'
  | 'opaque-traffic'
  | 'overlay-damaged'
  | 'overlay-one-way'
  | 'path-mtu-black-hole'
  | 'path-mtu-discovery'
  | 'probe-failing'
  | 'quic-no-answer'
  | 'reply-from-other-address'
  | 'sctp-no-answer'
  | 'tcp-dead-peer'
  | 'tcp-forged-segment'
  | 'tcp-loss'
  | 'tcp-port-reused-too-soon'
  | 'tcp-refused'
  | 'tcp-rejected-by-icmp'
  | 'tcp-reordering'
  | 'tcp-reset-after-idle'
  | 'tcp-reset-midstream'
  | 'tcp-slow-connect'
  | 'tcp-stalled'
  | 'tcp-syn-ack-no-answer'
  | 'tcp-syn-no-answer'
  | 'tcp-window-limited'
  | 'tcp-zero-window'
  | 'tls-alert'
  | 'tls-bad-certificate'
  | 'tls-client-certificate'
  | 'tls-no-server-hello'
  | 'ttl-exceeded'
  | 'udp-no-answer'
  | 'wireguard-no-handshake'
  | 'wrong-protocol';

/** An ICMP error that answered an attempt. */
export interface IcmpRefusal {
  /** Address of the host that sent the ICMP error. */
  readonly sender: string;
  readonly type: number;
  readonly code: number;
  /** The field's name of the code, such as "port unreachable". */
  readonly meaning: string;
}

/** A name that was asked for and how the search for it went. */
export interface DnsWalk {
  /** The name as the application asked for it, lower case, without a final dot. */
  readonly name: string;
  /** The candidates that went over the wire, in the order in which they were first asked. */
  readonly candidates: readonly string[];
  /** Record types asked for, such as ["A", "AAAA"]. */
  readonly types: readonly string[];
  readonly queries: number;
  /** Queries that ended in NXDOMAIN. */
  readonly nxdomain: number;
}

/** What was in clear of TLS handshakes that ended badly. Names are the peers' own words. */
export interface TlsDetails {
  /** Server names and application protocols (ALPN) that the client asked for, at most 8 of each. */
  readonly names: readonly string[];
  readonly protocols: readonly string[];
  /** The fatal alert (RFC 8446 §6), and who sent it. */
  readonly alert?: { readonly from: 'client' | 'server'; readonly code: number };
  /** What is wrong with the server's certificate at the time of its packet. */
  readonly problem?: 'expired' | 'early' | 'name' | 'self-signed';
  /** What the client made of it; `left`: it closed without asking for anything. */
  readonly reaction?: 'accepted' | 'refused' | 'left' | 'unknown';
  readonly certificate?: CertificateDetails;
}

/** The server's certificate. */
export interface CertificateDetails {
  readonly subject: string;
  readonly issuer: string;
  /** First few host names and addresses that it holds for. */
  readonly names: readonly string[];
  /** ISO 8601 in UTC; empty: unknown. */
  readonly notBefore: string;
  readonly notAfter: string;
}

/** An HTTP request that was answered with an error. */
export interface FailedRequest {
  readonly method: string;
  /** Lower case, as the client wrote it, with the port if it wrote one; '' if it is not known. */
  readonly host: string;
  /** Without the query; numbers and the like in it are replaced. */
  readonly path: string;
  readonly status: number;
  readonly count: number;
}

/** What was counted, for texts and for the explanations; which keys are set depends on the finding. */
export interface FindingDetails {
  /** Attempts (connections, queries) that count for this finding's rate, successes included. */
  readonly attempts?: number;
  readonly succeeded?: number;
  /** SYN segments, retries included. */
  readonly synSegments?: number;
  readonly icmp?: IcmpRefusal;
  /** "address:port" that answered although another was asked. */
  readonly answeredBy?: readonly string[];
  /** IP time to live of the refusing segments, and of that host's other packets (0: none seen). */
  readonly refusalTtl?: number;
  readonly hostTtl?: number;
  readonly walks?: readonly DnsWalk[];
  /** Names of the failed queries, most frequent first. */
  readonly names?: readonly string[];
  /** Names for which the same DNS server had an answer (NOERROR), at most 16. */
  readonly answeredNames?: readonly string[];
  /** The HTTP requests that failed, most frequent first, at most 8. */
  readonly requests?: readonly FailedRequest[];
  /** Time that wasted queries added to one lookup (median), milliseconds. */
  readonly addedMs?: number;
  /** Longest time that the symptom lasted or cost, milliseconds. */
  readonly longestMs?: number;
  /** Bytes of the largest segment that got through, and of the one that did not. */
  readonly passedBytes?: number;
  readonly lostBytes?: number;
  /** Which side sent what was lost, refused to read, reset or was slow. */
  readonly by?: 'client' | 'server';
  /** Round trip, milliseconds. */
  readonly roundTripMs?: number;
  /** Byte offset in the file at which reading it failed. */
  readonly offsetBytes?: number;
  /** Indexes into the report's `captures`: other places at which the same packets show the same. */
  readonly alsoIn?: readonly number[];
  /** Indexes into the report's `captures`: where the packets were seen, in the order of their way. */
  readonly seenAt?: readonly number[];
  /** The last of `seenAt`, and where the packets never came. */
  readonly lastSeenAt?: number;
  readonly missingAt?: readonly number[];
  /** Packets of the same kind that did come to the first of `missingAt`. */
  readonly arrived?: number;
  /** Frame numbers in the first of `missingAt` that show that it captured meanwhile. */
  readonly framesThere?: readonly number[];
  /** One conversation that shows it, both ends as "address:port"; of findings that were merged that of one. */
  readonly example?: { readonly client: string; readonly server: string };
  readonly tls?: TlsDetails;
  /** Protocols of which the first words were: "TLS", "HTTP/1"; what came back, "HTTP/1 response", "TLS alert". */
  readonly spoke?: { readonly asked: string; readonly answered: string };
  /** Further servers that were merged into this finding (a scan is one finding). */
  readonly servers?: readonly string[];
}

export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  readonly confidence: FindingConfidence;
  /** Index into the report's `captures`. */
  readonly capture: number;
  /** Client address ("10.244.1.5"), empty where the finding is about the capture itself. */
  readonly client: string;
  /** Server as "address:port" ("10.96.3.4:80", "[fd00::1]:80"), or an address alone (ARP), or empty. */
  readonly server: string;
  readonly protocol: 'TCP' | 'UDP' | 'ARP' | '';
  /** How many attempts show the symptom. */
  readonly count: number;
  /** ISO 8601 in UTC with microseconds. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Frame numbers (1-based, as Wireshark counts) of evidence, ascending, at most 16. */
  readonly frames: readonly number[];
  /** One sentence, plain text: what was seen. */
  readonly text: string;
  readonly details: FindingDetails;
}
