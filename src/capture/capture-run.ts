import type { Pace } from './pace.ts';
import type { TcpdumpOptions } from './tcpdump-command.ts';
import type { TcpdumpCounters } from './tcpdump-output.ts';

/** What one running capture takes, hands on and ends with. */

export interface CaptureOptions extends TcpdumpOptions {
  readonly durationMs: number;
  /** Size at which the capture is stopped; what is on its way then is still taken. */
  readonly maxBytes: number;
  /** Holds the stream back, so that the API server is not flooded; may be shared among captures. */
  readonly pace: Pace;
}

/** Takes the capture as it comes, whole records at a time. A promise holds the capture back until it is settled. */
export interface CaptureSink {
  write(chunk: Buffer): void | Promise<void>;
}

/** A capture that runs. */
export interface RunningCapture {
  /** tcpdump's own words: interface, link type, snap length. Empty if packets came first. */
  readonly listening: string;
  /** Ends tcpdump and drains what it has; `done` follows. Further calls change nothing. */
  readonly stop: (reason?: StopReason) => void;
  /** Goes on with another filter, checked as the first one; the gap in between is named in the end. */
  readonly refilter: (filter: readonly string[]) => void;
  /** Leaves at once; what is still on its way is lost. The far side ends by itself. */
  readonly abandon: () => void;
  /** True while the sink holds the capture back. */
  readonly isHeldBack: () => boolean;
  readonly progress: () => { readonly packets: number | null; readonly bytes: number };
  /** How it ended. Rejects only with the sink's own error. */
  readonly done: Promise<CaptureEnd>;
}

/** Why a capture was stopped before its time. */
export type StopReason = 'interrupted' | 'max-bytes' | 'until';

export interface CaptureEnd {
  readonly ended: 'duration' | 'count' | 'cut' | StopReason;
  /** Records that reached the sink; null if they could not be counted. */
  readonly packets: number | null;
  /** Bytes that reached the sink, headers included. */
  readonly bytes: number;
  /** tcpdump's exit status; null if it reported none. */
  readonly exitStatus: number | null;
  /** What tcpdump counted; null where it reported nothing. */
  readonly counters: TcpdumpCounters;
  /** What is missing or damaged, one sentence each. */
  readonly problems: readonly string[];
}
