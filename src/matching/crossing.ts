/**
 * What the matching stage hands on: how the captures of one incident fit together, and which packets left one place
 * and never came to another.
 */

/** Two captures, and how well their packets match. */
export interface CapturePair {
  /** Indexes into the report's `captures`. */
  readonly first: number;
  readonly second: number;
  /** Packets that were found in both. */
  readonly matched: number;
  /** Packets of the same flows that only one of them saw although the other one listened. */
  readonly missedByFirst: number;
  readonly missedBySecond: number;
  /** The second capture's clock minus the first's, milliseconds; null: not known. */
  readonly clockOffsetMs: number | null;
  /** The offset is within this of the truth, milliseconds; null: the order across the two is not proven. */
  readonly clockErrorMs: number | null;
  /** Median time on the way, milliseconds; null: nothing was matched that way. */
  readonly thereMs: number | null;
  readonly backMs: number | null;
  /** Why nothing can be said about the two; empty: they can be compared. */
  readonly problem: string;
}

/** Packets of one client and server that were seen at one place and missed at others that listened. */
export interface Loss {
  readonly client: string;
  readonly server: string;
  readonly protocol: 'TCP' | 'UDP' | '';
  /** Which side sent them. */
  readonly by: 'client' | 'server';
  /** Indexes into the report's `captures`: where they were seen, in the order of their way. */
  readonly seenAt: readonly number[];
  /** Where they were missed. */
  readonly missingAt: readonly number[];
  readonly count: number;
  /** SYN and SYN-ACK segments among them. */
  readonly handshakes: number;
  /** Packets of the same kind that did arrive at the first of `missingAt`. */
  readonly arrived: number;
  /** Connections or exchanges of which packets were lost, and those of them that nothing answered. */
  readonly flows: number;
  readonly silentFlows: number;
  /** ISO 8601 in UTC, in the clock of the capture that saw them last. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Frame numbers in the capture that saw them last. */
  readonly frames: readonly number[];
  /** Frame numbers of packets that the first of `missingAt` captured meanwhile. */
  readonly framesThere: readonly number[];
  /** How it is known that they were to come there. */
  readonly expectedBy: 'same-flow' | 'same-address' | 'address' | 'endpoints';
  /** Whether the clocks of the two places are known to fit. */
  readonly isOrderProven: boolean;
  /** Packets of these flows that must have arrived although that capture does not hold them. */
  readonly unseenArrivals: number;
  /** Packets that the missing capture lost by itself; null: nobody counted. */
  readonly dropped: number | null;
  /** Whether a missing capture broke off or has gaps. */
  readonly isBroken: boolean;
  /** Packets that both the last place and the first missing one saw, and all that the latter captured. */
  readonly matched: number;
  readonly packetsThere: number;
}

/** One of the captures that were compared. */
export interface ComparedPlace {
  /** Index into the report's `captures`. */
  readonly capture: number;
  readonly name: string;
  /** How far its clock was ahead of that of the first one; 0 if that is not known. */
  readonly clockAheadNs: number;
  /** Whether the order of its packets and the first one's is proven. */
  readonly isClockProven: boolean;
}

/** All that several captures together tell. */
export interface Crossing {
  /** What was compared: indexes into the report's `captures`, with their names. */
  readonly places: readonly ComparedPlace[];
  readonly pairs: readonly CapturePair[];
  readonly losses: readonly Loss[];
  /** What could not be decided, one sentence each. */
  readonly limits: readonly string[];
}
