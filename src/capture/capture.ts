/** A capture as the report names it: from where, how much, what was lost. */
export interface CaptureSummary {
  /** Where it was taken: "pod/shop/client eth0", or the file's name. */
  readonly vantagePoint: string;
  /** Node of the pod; empty for files. */
  readonly node: string;
  /** Addresses of the pod; empty for files. */
  readonly addresses: readonly string[];
  /** Our debug container; empty for files. */
  readonly container: string;
  /** Packets that were read. */
  readonly packets: number;
  /** Bytes on the wire of those packets. */
  readonly bytes: number;
  /** Packets that the kernel dropped before tcpdump read them; null: nobody counted. */
  readonly dropped: number | null;
  /** ISO 8601 in UTC with microseconds; empty without packets. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Why the capture ended: "duration", "count", "max-bytes", "interrupted", "cut", "pod-deleted", "failed", "file". */
  readonly ended: string;
  /** What is missing or damaged, one sentence each; empty: complete. */
  readonly problems: readonly string[];
  /** What the capture file's own comments say, "frame 12: …" where they are about a packet; absent: it has none. */
  readonly comments?: readonly string[];
}
