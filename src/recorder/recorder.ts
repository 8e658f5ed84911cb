import type { TcpdumpCounters } from '../capture/tcpdump-output.ts';
import type { FindingId } from '../detect/finding.ts';

/**
 * A recorder is a tcpdump that runs on in a debug container when its client has gone, and keeps the
 * latest packets in a ring of files. All that is known of it lies beside the ring.
 */

/** What a recorder was asked for; written beside its ring when it starts. */
export interface RecorderOrder {
  readonly name: string;
  /** As the user wrote it, "deploy/payments". */
  readonly asked: string;
  readonly interfaceName: string;
  readonly filter: readonly string[];
  readonly snapLengthBytes: number;
  /** All files of the ring together. */
  readonly ringBytes: number;
  /** ISO 8601, UTC: the client's clock. */
  readonly startedAt: string;
  readonly ttlSeconds: number;
  /** The finding whose trigger ends it; null: only its time does. */
  readonly until: FindingId | null;
  /** Kept before and after the trigger. */
  readonly beforeSeconds: number;
  readonly afterSeconds: number;
}

/** Why a recorder does not record any more. */
export type RecorderEnd = 'ttl' | 'trigger' | 'stopped' | 'failed';

/** A file of the ring as it was when somebody looked. */
export interface RingFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Time of its first packet, seconds since 1970; null: it has none yet. */
  readonly firstSeconds: number | null;
}

/** A recorder as it was found. */
export interface FoundRecorder {
  readonly order: RecorderOrder;
  /** null: it records. */
  readonly ended: RecorderEnd | null;
  /** Seconds since 1970, the node's clock; null: not yet, or unknown. */
  readonly endedSeconds: number | null;
  readonly triggeredSeconds: number | null;
  readonly files: readonly RingFile[];
  readonly counters: TcpdumpCounters;
  /** What tcpdump said last besides its counters. */
  readonly message: string;
}
