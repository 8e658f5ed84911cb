/**
 * What the conversation stage hands on: conversations folded into groups. A *conversation* is both
 * directions of a 5-tuple; a *group* is all conversations of one client with one server address and
 * port. Groups are bounded in number whatever the capture holds, conversations are not.
 */

/** How the connection attempts of a group ended; every attempt is in exactly one of these. */
export interface AttemptOutcomes {
  /** TCP: SYN-ACK seen. UDP: a reply seen. */
  answered: number;
  /** RST that answers the SYN. */
  refused: number;
  /** An ICMP error that quotes the attempt. */
  rejected: number;
  /** Nothing came back although it was waited for. */
  silent: number;
  /** A SYN-ACK came from another address than the one dialled. */
  answeredByOther: number;
  /** Too young at the end of the capture to be judged. */
  pending: number;
  /** The capture shows one direction only, or starts in the middle. */
  unjudged: number;
}

/** The TCP segments that one side of a group's conversations sent; all 0 with UDP. */
export interface SegmentCounts {
  /** Segments with new data. */
  readonly data: number;
  /** Data sent again, fast retransmissions included; of conversations that got stuck nothing is counted here. */
  readonly retransmissions: number;
  /** Data sent again although it had been acknowledged (D-SACK or by its time). */
  readonly spurious: number;
  readonly outOfOrder: number;
}

/** All conversations of one client with one server address and port. */
export interface ConversationGroup {
  /** Index into the report's `captures`. */
  readonly capture: number;
  readonly client: string;
  /** "address:port", IPv6 in brackets. */
  readonly server: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly conversations: number;
  readonly packets: number;
  /** Bytes on the wire. */
  readonly bytes: number;
  readonly outcomes: Readonly<AttemptOutcomes>;
  /** How many TCP connections got how far, as Zeek names it (S1, SF, REJ …) and ONEWAY, S0*, PENDING; most frequent first. */
  readonly states: Readonly<Record<string, number>>;
  /**
   * What most of its TCP connections sent, each letter where it came first, as Zeek writes it ("ShADadFf"): S SYN,
   * H SYN-ACK, A acknowledgment, D data, F FIN, R reset, T data sent again, W window closed, I and Q contradicting flags;
   * upper case: client, lower case: server; "^" in front: the first packet captured was the server's. null: none.
   */
  readonly history: string | null;
  /** Median and 95th percentile of the time from SYN to SYN-ACK (or query to reply) in milliseconds; null: none seen. */
  readonly handshakeMs: number | null;
  readonly handshakeP95Ms: number | null;
  /** Median and 95th percentile of the connections' round trips of data to the farther side, TCP only, in milliseconds; null: none seen. */
  readonly dataRoundTripMs: number | null;
  readonly dataRoundTripP95Ms: number | null;
  /** Median and 95th percentile of each connection's longest time from the client's data to the first byte of the server's answer, TCP only, in milliseconds; null: none seen. */
  readonly serverMs: number | null;
  readonly serverP95Ms: number | null;
  /** Longest time from the client's data to the first byte of the server's answer, TCP only, in milliseconds; null: none seen. */
  readonly longestServerMs: number | null;
  /** Longest time from the server's data (or its SYN-ACK) to the client's next data, TCP only, in milliseconds; null: none seen. */
  readonly longestClientMs: number | null;
  readonly segments: { readonly fromClient: SegmentCounts; readonly fromServer: SegmentCounts };
  /** Applications found by content, such as "TLS" or "HTTP/1.1", most frequent first. */
  readonly applications: readonly string[];
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** Connections of one client to one server that the proxy of a service mesh took over before they left the pod. */
export interface ProxyLeg {
  /** Index into the report's `captures`. */
  readonly capture: number;
  readonly client: string;
  /** "127.0.0.1:15001": where they were redirected to, and where they stand in `conversations`. */
  readonly proxy: string;
  /** "Istio" or "Linkerd", by that port. */
  readonly mesh: string;
  /** Whom the application dialled, "address:port". */
  readonly server: string;
  readonly connections: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** Both sides of a mesh's proxy in one pod: what it took from one, and the connections that it opened instead. */
export interface MeshLeg extends ProxyLeg {
  readonly direction: 'outbound' | 'inbound';
  /** The proxy's own connections for them, as far as they were captured. */
  readonly onward: readonly OnwardLeg[];
}

export interface OnwardLeg {
  /** Index into the report's `captures`. */
  readonly capture: number;
  readonly client: string;
  readonly server: string;
  readonly connections: number;
}

/**
 * One kind of thing that applications said to each other in the conversations of a group, with how often.
 * "*" as client and server, without fields: all that did not fit in the table of this kind.
 */
export interface ApplicationRow {
  /** Index into the report's `captures`. */
  readonly capture: number;
  readonly client: string;
  /** "address:port", IPv6 in brackets. */
  readonly server: string;
  /** Such as "http-exchange" or "tls-handshake". */
  readonly kind: string;
  /** What describes it: method, host, status, version … They are the peers' own words. */
  readonly fields: Readonly<Record<string, string | number>>;
  readonly count: number;
  /** How long one took on average, and at the longest, in milliseconds; null: it has no duration. */
  readonly averageMs: number | null;
  /** Median and 95th percentile in milliseconds; null: it has no duration, was not sampled as there are too many kinds, or the row puts several together. */
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
  readonly longestMs: number | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Frame numbers (1-based) of evidence, ascending, at most 12. */
  readonly frames: readonly number[];
}

/** Names of an address as the capture itself proves them. */
export interface SeenName {
  /** At most 4, the one that was seen first in front. */
  readonly names: readonly string[];
  /** DNS: answered with this address. TLS (or QUIC) and HTTP: what clients called the server there. Else the capture file says so. */
  readonly from: 'DNS' | 'TLS' | 'HTTP' | 'name resolution block';
}

/** How durations are spread, from a bounded sample of them. */
export interface Spread {
  readonly samples: number;
  /** First quartile, median, third quartile. */
  readonly lowMs: number;
  readonly medianMs: number;
  readonly highMs: number;
}

/** What one server address and port did in one capture, for all its clients together. */
export interface ServerSummary {
  readonly capture: number;
  /** "address:port", IPv6 in brackets. */
  readonly server: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  /** Attempts whose end is known, and those of them that failed. */
  readonly attempts: number;
  readonly failed: number;
  /** TCP data segments of both sides, those sent again, and the connections in which some were. */
  readonly segments: number;
  readonly sentAgain: number;
  readonly lossyConnections: number;
  /** Data segments that clients sent. */
  readonly requestSegments: number;
  readonly handshake: Spread | null;
  readonly roundTrip: Spread | null;
  /** Each connection's longest time to the first byte of an answer. */
  readonly serverTime: Spread | null;
  /** HTTP requests, and those that ended in a server error or in no response. */
  readonly requests: number;
  readonly failedRequests: number;
}
