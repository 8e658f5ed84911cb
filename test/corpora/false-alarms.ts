import { detectors } from '../../src/detect/index.ts';
import { analyse, expectationsOf } from './expectations.ts';
import { factsOf } from './facts.ts';
import { captureBytes, capturePaths, truthOf } from './truth.ts';

/** Findings that claim what copies of packets look like. */
const ABOUT_LOSS: readonly string[] = detectors
  .map(({ id }) => id)
  .filter((id) => /^(?:tcp-|path-mtu|latency)/.test(id));

/** What tshark's expert mode and we say of a capture in which nothing of that kind is wrong. */
export interface FalseAlarms {
  readonly path: string;
  readonly kind: 'healthy' | 'captured twice';
  readonly theirs: {
    /** Retransmissions of any kind that are none. */
    readonly retransmissions: number;
    readonly outOfOrder: number;
    readonly duplicateAcks: number;
    /** "Previous segment not captured", and acknowledgments of segments that were not seen. */
    readonly lost: number;
  };
  readonly ours: {
    readonly retransmissions: number;
    readonly outOfOrder: number;
    /** Findings above info: any in a healthy capture, those about loss and delay in one with copies. */
    readonly findings: number;
  };
}

/** All captures that are healthy, or of which packets were captured twice. */
export function falseAlarms(): FalseAlarms[] {
  const healthy = new Set(
    ['captures', 'lab'].flatMap(expectationsOf).flatMap((one) => (one.healthy ? [one.path] : [])),
  );
  return capturePaths().flatMap((path): FalseAlarms[] => {
    const truth = truthOf(path);
    if (truth === undefined) return [];
    const { summary } = truth;
    const isHealthy = healthy.has(path);
    if (!isHealthy && summary.captured_twice < 2) return [];
    const facts = factsOf(captureBytes(path));
    // Who does not read a capture has no claim to be silent about it.
    if (summary.tcp_streams > 0 && facts['TCP conversations'] === undefined) return [];
    // What is left of tshark's when the copies are taken out.
    const genuine = summary.retransmission_not_dup;
    const { findings } = analyse(path);
    const alarms = findings.filter(
      ({ id, severity }) => severity !== 'info' && (isHealthy || ABOUT_LOSS.includes(id)),
    );
    return [
      {
        path,
        kind: isHealthy ? 'healthy' : 'captured twice',
        theirs: {
          retransmissions: summary.retransmission - genuine,
          outOfOrder: summary.out_of_order,
          duplicateAcks: summary.duplicate_ack,
          lost: summary.lost_segment + summary.ack_lost_segment,
        },
        ours: {
          retransmissions: Math.max((facts['TCP retransmissions'] ?? 0) - genuine, 0),
          outOfOrder: facts['TCP out of order'] ?? 0,
          findings: alarms.length,
        },
      },
    ];
  });
}

/** How many there are in all. */
export function alarmsOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
