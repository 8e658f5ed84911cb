import type { TcpdumpCounters } from './tcpdump-output.ts';

/** What is known of a capture when it has ended. */
export interface CaptureFacts {
  readonly counters: TcpdumpCounters;
  /** Records that reached us; null: not counted. */
  readonly packets: number | null;
  readonly exitStatus: number | null;
  /** What tcpdump said besides its counters. */
  readonly messages: readonly string[];
}

/** 0: by itself or by TERM; 124: by the deadline of timeout(1); 143: by TERM before it could react. */
const goodStatuses = [0, 124, 143];
/** Ended by KILL (128 + 9): tcpdump by the wrapper, or the whole container from outside. */
export const killedStatus = 137;
/** A packet may be cut in two when a stop meets a full pipe. */
const toleratedMissing = 1;
/** What is missing or damaged in a capture, one sentence each; the kernel's drops are no part of it, the report counts them. */
export function findCaptureProblems(facts: CaptureFacts): string[] {
  const { counters, packets, exitStatus, messages } = facts;
  const problems: string[] = [];
  if (counters.captured !== null && packets !== null && counters.captured - packets > toleratedMissing) {
    problems.push(
      `tcpdump captured ${counters.captured} packets, but only ${packets} arrived: ${counters.captured - packets} were lost on the way.`,
    );
  }
  if (counters.captured === null && exitStatus !== killedStatus)
    problems.push("tcpdump's counters did not arrive: its last packets may be missing.");
  if (exitStatus === killedStatus)
    problems.push('tcpdump had to be killed, because its output was blocked: its counters are missing.');
  else if (exitStatus !== null && !goodStatuses.includes(exitStatus))
    problems.push(`tcpdump ended with status ${exitStatus}: ${messages.at(-1) ?? 'it gave no reason'}`);
  return problems;
}
